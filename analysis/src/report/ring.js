
// The ring: nodes at their places, market owners by what they had to do. A node is
// [number, place, markets, listings, requests, messages, income], a listing
// [owner, seller, kind, commodity, free, bid, cost, expires].
const ring = { run: null, load: 4, chosen: null, side: 640, radius: 205 };

ring.point = function (place, radius) {
  const angle = 2 * Math.PI * place - Math.PI / 2;
  return [ring.side / 2 + radius * Math.cos(angle), ring.side / 2 + radius * Math.sin(angle)];
};

ring.isOwner = (node) => node[2] > 0 || node[4] > 0;

ring.show = function (run) {
  ring.run = run;
  ring.byNumber = new Map(run.nodes.map((node, nth) => [node[0], nth]));
  ring.owners = run.nodes.map((node, nth) => nth).filter((nth) => ring.isOwner(run.nodes[nth]));
  ring.chosen = null;
  ring.draw();
  ring.showPanel();
  const shown = run.nodes.length < run.nodes_of
    ? `${grouped(run.nodes.length)} of ${grouped(run.nodes_of)} nodes are drawn: those with most requests, and others evenly spaced.`
    : `${plural(run.nodes.length, 'node', 'nodes')}; market owners, now or earlier: ${grouped(ring.owners.length)}.`;
  const listed = run.listings.length < run.listings_of
    ? ` ${grouped(run.listings.length)} of ${grouped(run.listings_of)} listings are in this page.` : '';
  byId('ring-says').textContent = shown + listed + leftOut();
};

// The length of a bar, and its rank of seven: in proportion to the load.
ring.bar = function (node) {
  const share = ring.most > 0 ? node[ring.load] / ring.most : 0;
  return [4 + 96 * share, Math.min(6, 1 + Math.floor(6 * share))];
};

ring.draw = function () {
  const { run, side, radius, point } = ring;
  ring.most = Math.max(0, ...run.nodes.map((node) => node[ring.load]));
  const svg = drawn('svg', {
    viewBox: `0 0 ${side} ${side}`, tabindex: 0, role: 'application',
    'aria-label': 'The ring. Left and right go from node to node, up and down from market owner to market owner.',
  });
  svg.append(drawn('circle', { class: 'circle', cx: side / 2, cy: side / 2, r: radius }));
  for (const [place, text] of [[0, '0'], [0.25, '¼'], [0.5, '½'], [0.75, '¾']]) {
    const [x, y] = point(place, radius - 22);
    svg.append(drawn('text', { class: 'middle', x, y: y + 4 }, text));
  }
  const dot = (x, y, r) => `M${(x - r).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
  const plain = run.nodes.filter((node) => !ring.isOwner(node));
  const size = Math.max(0.9, Math.min(2.6, 700 / run.nodes.length));
  svg.append(drawn('path', { class: 'members', d: plain.map((node) => dot(...point(node[1], radius), size)).join('') }));
  // Small ones last, so that no bar covers another's dot.
  const owners = ring.owners.map((nth) => run.nodes[nth]).sort((a, b) => b[ring.load] - a[ring.load]);
  for (const node of owners) {
    const [length, rank] = ring.bar(node);
    const [[x1, y1], [x2, y2]] = [point(node[1], radius), point(node[1], radius + length)];
    svg.append(drawn('line', { class: `owner q${rank}`, x1, y1, x2, y2, 'data-node': node[0] }));
  }
  svg.append(drawn('g', { id: 'ring-choice' }));
  const middle = side / 2;
  svg.append(
    drawn('text', { class: 'middle big', x: middle, y: middle - 4 }, grouped(run.nodes_of)),
    drawn('text', { class: 'middle', x: middle, y: middle + 18 }, 'nodes in the ring'),
  );
  svg.addEventListener('click', (event) => ring.choose(ring.nearest(event)));
  svg.addEventListener('pointermove', (event) => ring.hover(event));
  svg.addEventListener('pointerleave', hideTip);
  svg.addEventListener('keydown', (event) => ring.key(event));
  byId('ring-picture').replaceChildren(svg);
  ring.svg = svg;
  ring.markChoice();
};

// The node whose dot or bar is nearest to the pointer; a market owner before others, where both
// are near, as there are fewer of them.
ring.nearest = function (event) {
  const box = ring.svg.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top].map((at) => (at * ring.side) / box.width);
  let [best, least] = [null, Infinity];
  ring.run.nodes.forEach((node, nth) => {
    const owner = ring.isOwner(node);
    const length = owner ? ring.bar(node)[0] : 0;
    const from = Math.hypot(x - ring.side / 2, y - ring.side / 2);
    const at = Math.max(ring.radius, Math.min(ring.radius + length, from));
    const [px, py] = ring.point(node[1], at);
    const distance = Math.hypot(x - px, y - py) - (owner ? 1 : 0);
    if (distance < least) [best, least] = [nth, distance];
  });
  return least < 60 ? best : null;
};

ring.hover = function (event) {
  const nth = ring.nearest(event);
  if (nth === null) return hideTip();
  const node = ring.run.nodes[nth];
  const load = ring.isOwner(node) ? `: ${plural(node[2], 'market', 'markets')}, ${plural(node[3], 'listing', 'listings')}, ${plural(node[4], 'request', 'requests')}` : '';
  return showTip(`node ${node[0]}${load}`, event.clientX, event.clientY);
};

ring.key = function (event) {
  const all = ring.run.nodes.length;
  const { chosen, owners } = ring;
  const from = chosen ?? -1;
  let next;
  if (event.key === 'ArrowRight') next = (from + 1) % all;
  else if (event.key === 'ArrowLeft') next = (Math.max(from, 0) + all - 1) % all;
  else if (event.key === 'ArrowDown') next = owners.find((nth) => nth > from) ?? owners[0];
  else if (event.key === 'ArrowUp') next = owners.findLast((nth) => nth < (chosen ?? all)) ?? owners.at(-1);
  else if (event.key === 'Escape') next = null;
  else return;
  event.preventDefault();
  ring.choose(next ?? null);
};

ring.choose = function (nth) {
  ring.chosen = nth;
  ring.markChoice();
  ring.showPanel();
};

ring.markChoice = function () {
  const mark = ring.svg.querySelector('#ring-choice');
  mark.replaceChildren();
  if (ring.chosen === null) return;
  const { run, radius, point } = ring;
  const node = run.nodes[ring.chosen];
  const [x, y] = point(node[1], radius);
  // Lines are bent towards the middle.
  const bent = (from, to) => 0.2 * (from + to) + 0.3 * ring.side;
  for (const listing of run.listings.filter((listing) => listing[0] === node[0])) {
    const seller = run.nodes[ring.byNumber.get(listing[1])];
    if (!seller) continue;
    const [sx, sy] = point(seller[1], radius);
    mark.append(
      drawn('path', { class: 'lead', d: `M${x} ${y}Q${bent(x, sx)} ${bent(y, sy)} ${sx} ${sy}` }),
      drawn('circle', { class: 'seller', cx: sx, cy: sy, r: 2.6 }),
    );
  }
  if (ring.isOwner(node)) {
    const [x2, y2] = point(node[1], radius + ring.bar(node)[0]);
    mark.append(drawn('line', { class: 'chosen-bar', x1: x, y1: y, x2, y2 }));
  }
  mark.append(drawn('circle', { class: 'chosen', cx: x, cy: y, r: 6.5 }));
};
