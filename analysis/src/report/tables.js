
// Tables that can be sorted and searched, a page of rows at a time.
const ROWS = 25;
const tables = { shown: null, sort: null, words: '', page: 0 };

// The number that a field begins with, as in `4.5 ± 0.2`; undefined if it is a text.
tables.number = function (text) {
  const said = text.replace(/\s*±.*$/, '').replaceAll(',', '').replace('−', '-').trim();
  return said !== '' && Number.isFinite(Number(said)) ? Number(said) : undefined;
};

tables.isNumeric = function (table, column) {
  let numbers = 0;
  for (const row of table.rows) {
    if (row[column] === '') continue;
    if (tables.number(row[column]) === undefined) return false;
    numbers += 1;
  }
  return numbers > 0;
};

// Empty fields come last, whichever way.
tables.sorted = function () {
  const { rows } = tables.shown;
  const words = tables.words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length === 0 ? rows.slice()
    : rows.filter((row) => words.every((word) => row.some((field) => field.toLowerCase().includes(word))));
  if (!tables.sort) return found;
  const { column, way } = tables.sort;
  const numeric = tables.shown.numeric[column];
  const compare = numeric
    ? (a, b) => tables.number(a[column]) - tables.number(b[column])
    : (a, b) => (a[column] < b[column] ? -1 : a[column] > b[column] ? 1 : 0);
  const [full, empty] = [found.filter((row) => row[column] !== ''), found.filter((row) => row[column] === '')];
  return full.sort((a, b) => way * compare(a, b)).concat(empty);
};

// A number as it is read: what is longer than six digits is in the tooltip.
tables.field = function (text, numeric) {
  if (!numeric) return element('td', {}, text);
  const number = Number(text);
  const rounded = text !== '' && /\.\d{5,}/.test(text) && Number.isFinite(number) ? String(Number(number.toPrecision(6))) : text;
  return element('td', rounded === text ? { class: 'number' } : { class: 'number', title: text }, rounded);
};

tables.draw = function () {
  const { shown, sort } = tables;
  const rows = tables.sorted();
  const pages = Math.max(1, Math.ceil(rows.length / ROWS));
  tables.page = Math.min(tables.page, pages - 1);
  const from = tables.page * ROWS;
  const page = rows.slice(from, from + ROWS);
  const head = shown.columns.map((name, column) => element('th', {
    scope: 'col', class: shown.numeric[column] ? 'number' : '',
    'aria-sort': sort?.column === column ? (sort.way > 0 ? 'ascending' : 'descending') : 'none',
  }, element('button', { type: 'button', 'data-column': name, onclick: () => tables.sortBy(column) }, name)));
  const line = (row) => element('tr', {}, ...row.map((text, column) => tables.field(text, shown.numeric[column])));
  byId('table-view').replaceChildren(element('table', {},
    element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...page.map(line))));
  const excerpt = shown.kept === '' ? '' : ` This page has ${grouped(shown.rows.length)} of the ${grouped(shown.of)} rows of ${shown.file}: ${shown.kept}.`;
  const which = rows.length === 0 ? 'No row.' : `Rows ${grouped(from + 1)} to ${grouped(from + page.length)} of ${grouped(rows.length)}.`;
  byId('table-says').textContent = which + excerpt;
  const turn = (text, to) => element('button', { type: 'button', onclick: () => tables.turn(to), ...(to < 0 || to >= pages ? { disabled: '' } : {}) }, text);
  byId('table-pages').replaceChildren(...(pages > 1 ? [turn('Previous', tables.page - 1), turn('Next', tables.page + 1)] : []));
};

tables.turn = function (page) {
  tables.page = page;
  tables.draw();
};

tables.sortBy = function (column) {
  const again = tables.sort?.column === column;
  tables.sort = { column, way: again ? -tables.sort.way : 1 };
  tables.page = 0;
  tables.draw();
  byId('table-view').querySelectorAll('th button')[column].focus();
};

tables.show = function (nth) {
  tables.shown = data.tables[nth];
  tables.shown.numeric ??= tables.shown.columns.map((_, column) => tables.isNumeric(tables.shown, column));
  Object.assign(tables, { sort: null, page: 0 });
  [...byId('table-tabs').children].forEach((tab, other) => {
    tab.setAttribute('aria-selected', other === nth);
    tab.tabIndex = other === nth ? 0 : -1;
  });
  tables.draw();
};

byId('table-tabs').append(...data.tables.map((table, nth) => element('button', {
  type: 'button', role: 'tab', 'data-file': table.file, 'aria-controls': 'table-view', onclick: () => tables.show(nth),
}, table.title)));

byId('table-tabs').addEventListener('keydown', (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const all = data.tables.length;
  const next = (data.tables.indexOf(tables.shown) + by + all) % all;
  tables.show(next);
  byId('table-tabs').children[next].focus();
});

byId('table-search').addEventListener('input', (event) => {
  Object.assign(tables, { words: event.target.value, page: 0 });
  tables.draw();
});

if (data.tables.length > 0) tables.show(0);
