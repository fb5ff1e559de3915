
// What is told of the chosen node, beside the ring.
ring.find = function (number) {
  const nth = ring.byNumber.get(number);
  if (nth === undefined) return false;
  ring.choose(nth);
  return true;
};

ring.showPanel = function () {
  const panel = byId('ring-panel');
  const node = ring.chosen === null ? null : ring.run.nodes[ring.chosen];
  panel.replaceChildren(...(node ? ring.told(node) : ring.overview()));
};

ring.overview = function () {
  const { run, load } = ring;
  const name = byId('ring-load').selectedOptions[0].textContent;
  const busiest = ring.owners.map((nth) => run.nodes[nth]).sort((a, b) => b[load] - a[load] || a[0] - b[0]).slice(0, 12);
  if (busiest.length === 0) {
    return [element('h3', {}, 'No market owner'), element('p', { class: 'quiet' }, 'No node here has a market, or had one that was asked. Choose a node to see what it earned.')];
  }
  const line = (node) => {
    const share = ring.most > 0 ? (100 * node[load]) / ring.most : 0;
    const bar = element('span', { class: 'bar' });
    bar.style.width = `${share}%`;
    return element('li', {}, element('button', { type: 'button', onclick: () => ring.find(node[0]) },
      element('span', {}, String(node[0])), bar, element('span', {}, grouped(node[load]))));
  };
  return [
    element('h3', {}, 'Busiest market owners'),
    element('p', { class: 'quiet' }, `By ${name}. Choose one, or any node of the ring.`),
    element('ol', { class: 'busiest' }, ...busiest.map(line)),
  ];
};

ring.told = function (node) {
  const [number, place, markets, listings, requests, messages, income] = node;
  const { run } = ring;
  const facts = [['Address', `${address(number)}:4000`], ['Place on the ring', place.toFixed(6)]];
  if (ring.isOwner(node)) {
    facts.push(['Markets', grouped(markets)], ['Listings', grouped(listings)]);
    facts.push(['Requests served', grouped(requests)], ['Messages as market owner', grouped(messages)]);
  }
  if (income) {
    const [seller, misreport, mo, sales, sold, served] = income;
    const off = Number(misreport) ? `, off by ${misreport}` : '';
    if (seller) facts.push(['Behaves as a seller', seller + off]);
    facts.push(['Behaves as a market owner', mo], ['Sales', grouped(sales)]);
    facts.push(['Income as a seller', `${short(sold)} credits`], ['Income as a market owner', `${short(served)} credits`]);
  }
  const told = [
    element('h3', {}, `Node ${number}`),
    element('p', { class: 'quiet' }, ring.isOwner(node) ? 'A market owner' : 'No market owner'),
    element('dl', {}, ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)])),
  ];
  const at = run.listings.filter((listing) => listing[0] === number);
  if (at.length > 0 || listings > 0) {
    const missing = at.length < listings ? ` (${grouped(at.length)} of them here)` : '';
    told.push(element('h4', {}, `Listed with it: ${grouped(listings)}${missing}`));
  }
  if (at.length > 0) told.push(ring.listings(at, 'Seller', (listing) => listing[1]));
  const as = run.listings.filter((listing) => listing[1] === number);
  if (as.length > 0) {
    told.push(element('h4', {}, 'What it offers, and where it is listed'), ring.listings(as, 'Market owner', (listing) => listing[0]));
  }
  told.push(element('p', {}, element('button', { type: 'button', onclick: () => ring.choose(null) }, 'Back to the busiest')));
  return told;
};

ring.listings = function (listings, who, of) {
  const kinds = new Set(listings.map((listing) => listing[2])).size > 1;
  const names = [who, ...(kinds ? ['Kind'] : []), 'Commodity', 'Bid', 'Cost', 'Free', 'Ends in'];
  const row = (listing) => {
    const [, , kind, commodity, free, bid, cost, left] = listing;
    const there = ring.byNumber.has(of(listing));
    const link = there
      ? element('button', { type: 'button', class: 'link', onclick: () => ring.find(of(listing)) }, String(of(listing)))
      : String(of(listing));
    const rest = [amount(commodity), short(bid), cost === null ? '' : short(cost), amount(free), `${Math.round(left)} s`];
    return element('tr', {}, element('td', {}, link), ...(kinds ? [element('td', {}, kind)] : []),
      ...rest.map((text) => element('td', { class: 'number' }, text)));
  };
  const head = names.map((name, nth) => element('th', { scope: 'col', class: nth > (kinds ? 1 : 0) ? 'number' : '' }, name));
  return element('div', { class: 'scroll', tabindex: 0 }, element('table', {},
    element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...listings.map(row))));
};

byId('ring-search').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = byId('ring-node').value;
  const number = nodeNumber(text);
  const found = number !== undefined && ring.find(number);
  byId('ring-says').textContent = found ? `Node ${number} is chosen.`
    : number === undefined ? `“${text}” is neither the number nor the address of a node.`
      : `Node ${number} is not in this picture: it was not in the ring at the end, or is not drawn.`;
});

byId('ring-load').addEventListener('change', (event) => {
  ring.load = Number(event.target.value);
  ring.draw();
  if (ring.chosen === null) ring.showPanel();
});

runChoice(byId('ring-run'), data.pictures.runs.filter((run) => run.nodes.length > 0), ring.show);
