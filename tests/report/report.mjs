// Opens the report of a small run and of a small sweep in a real browser, from the file system and
// with the network off, and does what a reader does. Prints `N passed, N failed`.
//
//   node tests/report/report.mjs [--install] [--pictures DIR]
//
// COMPUP2P names the program; by default it is built. --install gets Chromium by apt-get where
// there is none and that is allowed.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import assert from 'node:assert/strict';
import { Chromium, Page } from './chromium.mjs';
import { number, rows } from './csv.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const options = process.argv.slice(2);
const pictures = options.includes('--pictures') ? options[options.indexOf('--pictures') + 1] : undefined;

const SIZES = [[1280, 900], [400, 800]];

function has(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** The browser, got if need be; undefined if there is none. */
function browser() {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const found = () => names.find(has);
  if (!found() && options.includes('--install') && has('apt-get') && process.getuid() === 0) {
    const get = (...words) => spawnSync('apt-get', words, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 600_000 });
    get('update');
    get('install', '-y', '--no-install-recommends', 'chromium');
  }
  return found();
}

function run(out, ...words) {
  const scenario = join(root, 'scenarios/churn.yaml');
  const [program, ...first] = process.env.COMPUP2P ? [process.env.COMPUP2P] : ['cargo', 'run', '--quiet', '--locked', '--'];
  const did = spawnSync(program, [...first, scenario, ...words, '--quiet', '--out', out], { cwd: root, encoding: 'utf8' });
  assert.equal(did.status, 0, did.stderr);
  return out;
}

const tests = [];
const test = (name, check) => tests.push([name, check]);

test('nothing goes wrong, and nothing is asked for but the file', async ({ page, url }) => {
  assert.deepEqual(page.faults, []);
  assert.deepEqual(page.requests.filter((request) => request !== url), []);
});

test('title, about and sections are there', async ({ page, folder }) => {
  const { scenario, name } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  assert.equal(await page.value('document.title'), name);
  assert.equal(await page.value('document.querySelector("h1").textContent'), name);
  assert.equal((await page.value('document.querySelector(".about").textContent')).trim(), scenario.about.trim());
  const shown = await page.value('[...document.querySelectorAll("main section")].filter((one) => !one.hidden).map((one) => one.id)');
  for (const id of ['summary', 'configuration', 'ring', 'activity', 'tables']) assert.ok(shown.includes(id), id);
});

test('what was changed is told beside its default', async ({ page, folder }) => {
  const { scenario, defaults } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const fields = await page.value('[...document.querySelectorAll(".settings")[0].tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent))');
  assert.deepEqual(fields.map(([path]) => path), Object.keys(defaults));
  assert.deepEqual(fields.find(([path]) => path === 'nodes'), ['nodes', String(scenario.nodes), '1000']);
});

test('every figure is shown, and no two elements share an identifier', async ({ page, folder }) => {
  const figures = await page.value('[...document.querySelectorAll("figure")].map((one) => [one.id, one.querySelector("svg") !== null])');
  const drawn = spawnSync('sh', ['-c', 'ls plots 2>/dev/null | grep -c "svg$"'], { cwd: folder, encoding: 'utf8' }).stdout.trim();
  assert.equal(figures.length, Number(drawn));
  assert.ok(figures.every(([, has]) => has));
  const ids = await page.value('[...document.querySelectorAll("[id]")].map((one) => one.id)');
  assert.equal(new Set(ids).size, ids.length);
});

const center = (selector) => `(() => { const one = document.querySelector(${JSON.stringify(selector)}); one.scrollIntoView({ block: 'center', behavior: 'instant' }); const box = one.getBoundingClientRect(); return [box.left + Math.min(box.width, 60) / 2, box.top + box.height / 2]; })()`;
const column = (name) => `(() => { const heads = [...document.querySelectorAll('#table-view th button')]; const nth = heads.findIndex((one) => one.dataset.column === '${name}'); return [...document.querySelectorAll('#table-view tbody tr')].map((row) => row.cells[nth].title || row.cells[nth].textContent); })()`;

test('a click on a header sorts by number, another the other way', async ({ page, folder }) => {
  const loads = rows(join(folder, 'mo_load.csv')).map((row) => Number(row.requests)).sort((a, b) => a - b);
  await page.click(center('#table-tabs [data-file="mo_load.csv"]'));
  for (const sorted of [loads, loads.toReversed()]) {
    await page.click(center('#table-view [data-column="requests"]'));
    const shown = (await page.value(column('requests'))).map(Number);
    assert.deepEqual(shown, sorted.slice(0, shown.length));
    assert.equal(shown.length, 25);
  }
  assert.ok(loads.at(-1) > loads[0], 'there is something to sort');
});

test('a click on a header sorts by text', async ({ page, folder }) => {
  const kinds = rows(join(folder, 'messages.csv')).map((row) => row.kind).sort();
  await page.click(center('#table-tabs [data-file="messages.csv"]'));
  await page.click(center('#table-view [data-column="kind"]'));
  const shown = await page.value(column('kind'));
  assert.deepEqual(shown, kinds.slice(0, shown.length));
  assert.equal(await page.value('document.querySelectorAll("#table-view th[aria-sort=ascending]").length'), 1);
});

test('a search finds rows of the metrics', async ({ page, folder }) => {
  const summary = rows(join(folder, 'summary.csv')).filter((row) => row.metric.includes('gini'));
  const tab = '[...document.querySelectorAll("#table-tabs button")].find((one) => one.textContent === "Metrics").click()';
  await page.value(tab);
  await page.click(center('#table-search'));
  await page.type('gini');
  const found = await page.value(column('metric'));
  assert.ok(summary.length > 0 && found.length >= Math.min(25, summary.length));
  for (const { metric } of summary.slice(0, 20)) assert.ok(found.includes(metric), metric);
  await page.value('(() => { const box = document.getElementById("table-search"); box.value = "no such words"; box.dispatchEvent(new Event("input")); })()');
  assert.match(await page.value('document.getElementById("table-says").textContent'), /No row/);
  await page.value('(() => { const box = document.getElementById("table-search"); box.value = ""; box.dispatchEvent(new Event("input")); })()');
});

const panel = 'document.getElementById("ring-panel").textContent';

/** The market owner of the first run with most listings, and its listings. */
function busiest(folder, run) {
  const listings = rows(join(folder, 'listings.csv')).filter(run);
  const at = Map.groupBy ? Map.groupBy(listings, (row) => row.mo) : listings.reduce((all, row) => all.set(row.mo, [...(all.get(row.mo) ?? []), row]), new Map());
  return [...at].sort(([, a], [, b]) => b.length - a.length)[0];
}

test('a click on a market owner shows its listings', async ({ page, folder, run }) => {
  const [mo, listings] = busiest(folder, run);
  assert.ok(listings.length > 0);
  const bar = `#ring-picture line[data-node="${number(mo)}"]`;
  // The outer end of its bar.
  await page.click(`(() => { const line = document.querySelector('${bar}'); line.scrollIntoView({ block: 'center', behavior: 'instant' }); const svg = line.ownerSVGElement; const at = svg.createSVGPoint(); at.x = line.x2.baseVal.value; at.y = line.y2.baseVal.value; const { x, y } = at.matrixTransform(line.getScreenCTM()); return [x, y]; })()`);
  assert.match(await page.value(panel), new RegExp(`Node ${number(mo)}[^0-9]`));
  const shown = await page.value('[...document.querySelector("#ring-panel table").tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent))');
  const told = listings.map((row) => [number(row.seller), Number(row.bid_credits), Number(row.free)]);
  assert.deepEqual(shown.map(([seller, , bid]) => [Number(seller), Number(bid)]), told.map(([seller, bid]) => [seller, bid]));
});

test('a node is found by number and by address, and is told with its income', async ({ page, folder, run }) => {
  const members = rows(join(folder, 'ring.csv')).filter(run);
  const income = new Map(rows(join(folder, 'incomes.csv')).filter(run).map((row) => [row.node, row]));
  const { node } = members[Math.floor(members.length / 3)];
  for (const said of [String(number(node)), node]) {
    await page.value(`document.getElementById('ring-node').value = ''`);
    await page.click(center('#ring-node'));
    await page.type(said);
    await page.click(center('#ring-search button'));
    const text = await page.value(panel);
    assert.match(text, new RegExp(`Node ${number(node)}[^0-9]`));
    assert.ok(text.includes(node) && text.includes(income.get(node).seller_behaviour), text);
    await page.value('ring.choose(null)');
  }
  const gone = [...income.keys()].find((one) => !members.some((member) => member.node === one));
  if (gone) {
    await page.value(`(() => { document.getElementById('ring-node').value = '${gone}'; document.querySelector('#ring-search button').click(); })()`);
    assert.match(await page.value('document.getElementById("ring-says").textContent'), /not in this picture/);
  }
});

test('the ring is read with the keyboard alone', async ({ page, folder, run }) => {
  await page.value('ring.choose(null); ring.svg.focus({ preventScroll: true })');
  await page.key('ArrowRight');
  const first = rows(join(folder, 'ring.csv')).filter(run)[0];
  assert.match(await page.value(panel), new RegExp(`Node ${number(first.node)}[^0-9]`));
  await page.key('ArrowDown');
  assert.match(await page.value(panel), /A market owner/);
  await page.key('Escape');
  assert.match(await page.value(panel), /Busiest market owners/);
});

test('the timeline adds up to activity.csv', async ({ page, folder, run }) => {
  const events = rows(join(folder, 'activity.csv')).filter(run).map((row) => Number(row.events));
  const total = events.reduce((sum, count) => sum + count, 0);
  assert.ok(total > 0);
  const says = await page.value('document.getElementById("activity-says").textContent');
  assert.ok(says.startsWith(`${total.toLocaleString('en-US')} events`), `${says}: ${total}`);
});

test('a cell of the timeline tells its node, its time and its count', async ({ page, folder, run }) => {
  const first = rows(join(folder, 'activity.csv')).filter(run)[0];
  await page.hover('(() => { timeline.svg.scrollIntoView({ block: "center", behavior: "instant" }); const box = timeline.svg.getBoundingClientRect(); return [box.left + timeline.left + timeline.wide / 2, box.top + timeline.top + timeline.high / 2]; })()');
  const tip = await page.value('tip.textContent');
  assert.ok(tip.startsWith(`node ${number(first.node)},`) && tip.endsWith(`: ${Number(first.events)} ${first.events === '1' ? 'event' : 'events'}`), `${tip}: ${first.events}`);
});

test('nothing sticks out to the side', async ({ page }) => {
  for (const [width, height] of SIZES) {
    await page.resize(width, height);
    await page.value('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    assert.ok((await page.value('document.documentElement.scrollWidth')) <= width, `${width} px`);
  }
  await page.resize(...SIZES[0]);
});

test('the file is not large', async ({ folder }) => {
  assert.ok(statSync(join(folder, 'report.html')).size < 5_000_000);
});

async function main() {
  const program = browser();
  if (!program) {
    console.log('skipped: there is no Chromium, and it may not be installed (--install, as root, with apt-get)');
    return 0;
  }
  const desk = mkdtempSync(join(tmpdir(), 'compup2p-reports-'));
  const chromium = new Chromium(program);
  let [passed, failed] = [0, 0];
  try {
    const small = ['--set', 'nodes=120', '--set', 'duration=15min', '--set', 'about="Small </script><b>& fast</b>"'];
    const points = ['--set', 'nodes=60', '--set', 'duration=10min', '--replicates', '2', '--set', 'sweep.market.scheme=[single_overlay, processor_overlay]'];
    const cases = [
      { name: 'run', folder: run(join(desk, 'small'), ...small), run: () => true },
      // The first replicate of the first point is what is shown first.
      { name: 'sweep', folder: run(join(desk, 'sweep'), ...points), run: (row) => row.replicate === '0' && row['market.scheme'] === 'single_overlay' },
    ];
    for (const one of cases) {
      const url = pathToFileURL(join(one.folder, 'report.html')).href;
      const page = await Page.open(chromium, url, { width: SIZES[0][0], height: SIZES[0][1] });
      const only = one.name === 'sweep' ? sweepTests : [];
      for (const [name, check] of [...tests, ...only, tests[0]]) {
        try {
          await check({ ...one, page, url });
          passed += 1;
        } catch (error) {
          failed += 1;
          console.log(`${one.name}: ${name}: ${error.message}`);
        }
      }
      await page.close();
      if (pictures) await takePictures(chromium, url, one.name);
    }
  } finally {
    await chromium.close();
    rmSync(desk, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** What only a sweep has. */
const sweepTests = [
  ['points are told apart, and another run can be chosen', async ({ page, folder }) => {
    assert.equal(await page.value('document.querySelector("#table-tabs button").textContent'), 'Points');
    await page.value('document.querySelector("#table-tabs button").click()');
    assert.deepEqual(await page.value(column('market.scheme')), ['single_overlay', 'processor_overlay']);
    const runs = await page.value('[...document.getElementById("ring-run").options].map((one) => one.textContent)');
    assert.deepEqual(runs, ['market.scheme: single_overlay', 'market.scheme: processor_overlay']);
    await page.value('(() => { const choice = document.getElementById("activity-run"); choice.value = "1"; choice.dispatchEvent(new Event("change")); })()');
    const events = rows(join(folder, 'activity.csv')).filter((row) => row.replicate === '0' && row['market.scheme'] === 'processor_overlay');
    const total = events.reduce((sum, row) => sum + Number(row.events), 0);
    assert.ok((await page.value('document.getElementById("activity-says").textContent')).startsWith(`${total.toLocaleString('en-US')} events`));
  }],
];

async function takePictures(chromium, url, name) {
  mkdirSync(pictures, { recursive: true });
  for (const [width, height] of SIZES) {
    for (const dark of [false, true]) {
      const page = await Page.open(chromium, url, { width, height, dark });
      await page.value('ring.choose(ring.owners.toSorted((a, b) => ring.run.nodes[b][3] - ring.run.nodes[a][3])[0] ?? null)');
      writeFileSync(join(pictures, `${name}-${width}${dark ? '-dark' : ''}.png`), await page.picture());
      await page.close();
    }
  }
}

process.exitCode = await main();
