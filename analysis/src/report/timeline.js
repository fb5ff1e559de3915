
// What sampled nodes read over time: a row a node, a column an interval, the stronger the more.
const timeline = { activity: null, cell: null };

timeline.show = function (run) {
  timeline.activity = run.activity;
  timeline.cell = null;
  timeline.draw();
};

// The rank of a count among seven: none, then in equal steps of the root, which tells few apart.
timeline.rank = function (count) {
  return count === 0 ? 0 : Math.max(1, Math.min(6, Math.ceil(6 * Math.sqrt(count / timeline.most))));
};

timeline.draw = function () {
  const { ends, rows, nodes_of, joined } = timeline.activity;
  const width = Math.max(260, byId('activity-picture').clientWidth);
  const [left, top, high, foot] = [width < 500 ? 50 : 60, 96, Math.max(6, Math.min(16, 560 / rows.length)), 46];
  const wide = (width - left - 8) / ends.length;
  const totals = ends.map((_, nth) => rows.reduce((sum, [, events]) => sum + events[nth], 0));
  const total = totals.reduce((sum, count) => sum + count, 0);
  timeline.most = Math.max(1, ...rows.map(([, events]) => Math.max(...events)));
  Object.assign(timeline, { left, top, high, wide, width });
  const legend = timeline.legend(top + high * rows.length + foot - 6);
  const height = legend.below;
  const svg = drawn('svg', {
    viewBox: `0 0 ${width} ${height}`, width, height, tabindex: 0, role: 'application',
    'aria-label': `Events of ${rows.length} nodes over time. Arrow keys go from cell to cell.`,
  });
  // The bars above.
  const highest = Math.max(1, ...totals);
  const tall = 70;
  const bars = totals.map((count, nth) => {
    const size = (tall * count) / highest;
    return `M${(left + nth * wide).toFixed(2)} ${(top - 8 - size).toFixed(2)}h${Math.max(0.5, wide - 0.6).toFixed(2)}v${size.toFixed(2)}h-${Math.max(0.5, wide - 0.6).toFixed(2)}z`;
  });
  svg.append(
    drawn('path', { class: 'total', d: bars.join('') }),
    drawn('text', { class: 'end', x: left - 6, y: top - 8 - tall + 10 }, short(highest)),
    drawn('text', { class: 'end', x: left - 6, y: top - 8 }, '0'),
  );
  // The cells, one path a rank.
  const cells = Array.from({ length: 7 }, () => []);
  rows.forEach(([, events], row) => events.forEach((count, nth) => {
    const [x, y] = [left + nth * wide, top + row * high];
    cells[timeline.rank(count)].push(`M${x.toFixed(2)} ${y.toFixed(2)}h${wide.toFixed(2)}v${(high - 1).toFixed(2)}h-${wide.toFixed(2)}z`);
  }));
  cells.forEach((paths, rank) => svg.append(drawn('path', { class: `cells q${rank}`, d: paths.join('') })));
  const every = Math.ceil(13 / high);
  rows.forEach(([node], row) => {
    if (row % every === 0) svg.append(drawn('text', { class: 'end', x: left - 6, y: top + (row + 0.5) * high + 4 }, String(node)));
  });
  timeline.axis(svg, ends);
  svg.append(...legend.parts);
  svg.append(drawn('rect', { class: 'cursor', id: 'activity-cursor', visibility: 'hidden' }));
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    timeline.point(Math.floor((event.clientX - box.left - left) / wide), Math.floor((event.clientY - box.top - top) / high), event.clientX, event.clientY);
  });
  svg.addEventListener('pointerleave', () => timeline.leave());
  svg.addEventListener('blur', () => timeline.leave());
  svg.addEventListener('keydown', (event) => timeline.key(event));
  byId('activity-picture').replaceChildren(svg);
  timeline.svg = svg;
  const some = rows.length < nodes_of ? ` of ${grouped(nodes_of)} sampled` : '';
  const together = joined > 1 ? ` A column is ${joined} sampling intervals.` : '';
  byId('activity-says').textContent = `${grouped(total)} events at ${plural(rows.length, 'node', 'nodes')}${some}; the most in a cell: ${grouped(timeline.most)}.${together}`;
};

timeline.axis = function (svg, ends) {
  const { left, top, high, wide, activity } = timeline;
  const base = top + high * activity.rows.length + 4;
  const whole = ends.at(-1);
  const first = ends.length > 1 ? 2 * ends[0] - ends[1] : 0;
  const begin = Math.max(0, first);
  const across = wide * ends.length;
  svg.append(drawn('line', { class: 'axis', x1: left, x2: left + across, y1: base, y2: base }));
  const by = step(whole - begin, Math.max(2, Math.floor(across / 90)));
  for (let at = Math.ceil(begin / by) * by; at <= whole + 1e-9; at += by) {
    const x = left + (across * (at - begin)) / (whole - begin);
    svg.append(
      drawn('line', { class: 'axis', x1: x, x2: x, y1: base, y2: base + 5 }),
      drawn('text', { class: at === begin ? '' : x > left + across - 20 ? 'end' : 'middle', x: x > left + across - 20 ? left + across : x, y: base + 18 }, clock(at, whole)),
    );
  }
};

// The greatest count of each rank, in as many lines as it takes from `y` on.
timeline.legend = function (y) {
  const { left, width, most } = timeline;
  const ends = [0, 1, 2, 3, 4, 5, 6].map((rank) => Math.floor(most * (rank / 6) ** 2));
  const parts = [drawn('text', { class: 'end', x: left - 6, y: y + 11 }, 'events')];
  let x = left;
  ends.forEach((end, rank) => {
    if (rank > 0 && end === ends[rank - 1]) return;
    const text = rank === 0 ? '0' : `≤ ${short(end)}`;
    const size = 30 + 7 * text.length;
    if (x + size > width) [x, y] = [left, y + 22];
    parts.push(drawn('rect', { class: `cells q${rank}`, x, y, width: 16, height: 14 }), drawn('text', { x: x + 20, y: y + 11 }, text));
    x += size;
  });
  return { parts, below: y + 20 };
};

timeline.point = function (column, row, x, y) {
  const { activity, left, top, high, wide } = timeline;
  const { ends, rows } = activity;
  if (column < 0 || column >= ends.length || row >= rows.length || row < -8) return timeline.leave();
  const whole = ends.at(-1);
  const begin = column > 0 ? ends[column - 1] : Math.max(0, ends.length > 1 ? 2 * ends[0] - ends[1] : 0);
  const when = `${clock(begin, whole)} to ${clock(ends[column], whole)}`;
  const cursor = byId('activity-cursor');
  if (row < 0) {
    cursor.setAttribute('visibility', 'hidden');
    const sum = rows.reduce((sum, [, events]) => sum + events[column], 0);
    return showTip(`all of them, ${when}: ${plural(sum, 'event', 'events')}`, x, y);
  }
  timeline.cell = [column, row];
  for (const [name, value] of Object.entries({ x: left + column * wide, y: top + row * high, width: wide, height: high - 1, visibility: 'visible' })) cursor.setAttribute(name, value);
  const [node, events] = rows[row];
  return showTip(`node ${node}, ${when}: ${plural(events[column], 'event', 'events')}`, x, y);
};

timeline.leave = function () {
  hideTip();
  byId('activity-cursor').setAttribute('visibility', 'hidden');
};

timeline.key = function (event) {
  const move = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
  if (!move) return;
  event.preventDefault();
  const { ends, rows } = timeline.activity;
  const within = (at, most) => Math.max(0, Math.min(most - 1, at));
  const [column, row] = timeline.cell
    ? [within(timeline.cell[0] + move[0], ends.length), within(timeline.cell[1] + move[1], rows.length)] : [0, 0];
  const box = timeline.svg.getBoundingClientRect();
  timeline.point(column, row, box.left + timeline.left + (column + 0.5) * timeline.wide, box.top + timeline.top + row * timeline.high);
  byId('activity-says').textContent = tip.textContent;
};

runChoice(byId('activity-run'), data.pictures.runs.filter((run) => run.activity !== null), timeline.show);

// Drawn to the width that there is, so that letters keep their size.
let drawnFor = byId('activity-picture').clientWidth;
addEventListener('resize', () => {
  const now = byId('activity-picture').clientWidth;
  if (timeline.activity && now !== drawnFor) {
    drawnFor = now;
    timeline.draw();
  }
});
