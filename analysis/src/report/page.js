'use strict';

// The data, and what all parts of the page need.
const data = JSON.parse(document.getElementById('data').textContent);

const SVG = 'http://www.w3.org/2000/svg';

function element(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

function drawn(name, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, name), attributes, children);
}

// Texts among the children stay texts: nothing is ever read as markup.
function furnish(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

function grouped(number) {
  return number.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

function plural(count, one, many) {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

// A number in at most four digits that count.
function short(number) {
  if (number === 0) return '0';
  const size = Math.abs(number);
  if (size >= 1e9 || size < 1e-4) return number.toExponential(3);
  return size >= 1000 ? grouped(Math.round(number)) : String(Number(number.toPrecision(4)));
}

// An amount of cycles a second or of bytes, in at most four digits.
function amount(number) {
  const [unit, letter] = [[1e12, ' T'], [1e9, ' G'], [1e6, ' M']].find(([unit]) => number >= unit) ?? [1, ''];
  return short(number / unit) + letter;
}

// The address of a node, by its number: the first has 10.0.0.0.
function address(number) {
  const all = 0x0a000000 + number;
  return [24, 16, 8, 0].map((bits) => (all >>> bits) & 255).join('.');
}

// The number of a node, by its number or its address; undefined if it is neither.
function nodeNumber(text) {
  const said = text.trim().replace(/:4000$/, '');
  if (/^\d+$/.test(said)) return Number(said);
  const bytes = said.split('.').map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) return undefined;
  return bytes.reduce((all, byte) => all * 256 + byte, 0) - 0x0a000000;
}

// A time since the start, in the unit that suits the whole.
function clock(seconds, whole) {
  const [unit, name] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']].find(([unit]) => whole >= 2 * unit) ?? [1, 's'];
  return `${Number((seconds / unit).toFixed(2))} ${name}`;
}

// A step of 1, 2 or 5 times a power of ten, or one that suits a clock.
function step(whole, most) {
  const rough = whole / most;
  const clocks = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000];
  const found = clocks.find((one) => one >= rough);
  if (found) return found;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
}

// Fills a choice of runs; hides it if there is one run only.
function runChoice(select, runs, choose) {
  const name = (run) => {
    const labels = run.labels.map((value, nth) => `${data.pictures.labels[nth]}: ${value}`);
    return (data.pictures.labels.length > 1 ? labels.slice(0, -1) : labels).join(', ');
  };
  select.replaceChildren(...runs.map((run, nth) => element('option', { value: nth }, name(run))));
  select.closest('label').hidden = runs.length < 2;
  select.addEventListener('change', () => choose(runs[Number(select.value)]));
  if (runs.length > 0) choose(runs[0]);
}

function leftOut() {
  const count = data.pictures.left_out;
  return count > 0 ? ` ${plural(count, 'more run is', 'more runs are')} not in this page.` : '';
}

const tip = byId('tip');

function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 4))}px`;
  tip.style.top = `${y - height - 10 < 4 ? y + 18 : y - height - 10}px`;
}

function hideTip() {
  tip.hidden = true;
}

byId('copy').addEventListener('click', async () => {
  const command = byId('replay');
  const says = byId('copied');
  try {
    await navigator.clipboard.writeText(command.textContent);
    says.textContent = 'Copied.';
  } catch {
    // Where a page may not write to the clipboard, its reader still may.
    getSelection().selectAllChildren(command);
    says.textContent = 'Selected: copy it with your keyboard.';
  }
});

for (const id of ['figures', 'ring', 'activity', 'tables']) {
  const empty = {
    figures: document.querySelector('#figures figure') === null,
    ring: !data.pictures.runs.some((run) => run.nodes.length > 0),
    activity: !data.pictures.runs.some((run) => run.activity !== null),
    tables: data.tables.length === 0,
  }[id];
  byId(id).hidden = empty;
  document.querySelector(`nav a[href="#${id}"]`).hidden = empty;
}
