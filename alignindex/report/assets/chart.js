// Lines over years, drawn by uPlot: hover, zoom, keys, bands, and a readout that is also the legend.
const LIGHT = ["#0072b2", "#c04f00", "#00805c", "#b04a8a", "#9a6a00", "#2b87c4", "#1b1f24", "#7a6a2a"];
const DARK = ["#56b4e9", "#ff955c", "#35cfa0", "#f0a3cf", "#f0c040", "#a9cdf7", "#e7eaee", "#cbb98a"];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
const MOST_BANDS = 6;
const PRINTED = 660;  // pixels across a printed page, A4 or letter, within its margins

const is_dark = () => document.documentElement.dataset.theme === "dark";
const colour = (i) => (is_dark() ? DARK : LIGHT)[i % 8];
const dash = (i) => DASHES[Math.floor(i / 8) % DASHES.length];
let printing = false;
const width_of = (box) => (printing ? PRINTED : Math.max(200, box.clientWidth));
const decimals = (step) => (String(+step.toPrecision(6)).split(".")[1] ?? "").length;
const nulls = (values) => values.map((x) => (x === undefined || !known(x) ? null : x));

const BANDS = [["", "none"], ["range", "possible range"], ...(I ? [["draws", `${interval_span} of draws`]] : [])];
const band_of = (kind, r) => (kind === "draws" ? [I.lo[r], I.hi[r]] : [S.low[r], S.high[r]]);

function hatch(pen) {
  const tile = el("canvas", { width: 8, height: 8 }), ink = tile.getContext("2d");
  ink.strokeStyle = css("--hatch");
  ink.lineWidth = 1.5;
  for (const x of [-8, 0, 8]) { ink.moveTo(x, 8); ink.lineTo(x + 8, 0); }
  ink.stroke();
  return pen.createPattern(tile, "repeat");
}

// `content()` gives { label, years: places, lines: [{ key, name, rows }], band, pick }.
function chart(box, content) {
  const off = new Set(), own = { plot: null };
  const holder = el("div", { class: "plot", tabindex: "0", role: "group" });
  const at = el("p", { class: "at", role: "status" }), list = el("ul", { class: "readout" });
  const note = el("p", { class: "legend" });
  const numbers = el("details", { class: "noprint" }, el("summary", {}, "These numbers as a table"));
  const buttons = el("div", { class: "controls noprint" },
    ...[["Zoom in", () => zoom(0.6)], ["Zoom out", () => zoom(1 / 0.6)], ["All years", () => reset()]].map(
      ([text, act]) => el("button", { type: "button", on: { click: act } }, text)));
  box.append(holder, buttons, at, list, note, numbers);
  let seen, here, near;

  function series_of(lines, bands) {
    const data = [seen.years.map((y) => YEARS[y])], series = [{}], drawn = [];
    lines.forEach((line, i) => {
      if (off.has(line.key)) return;
      line.at = series.length;
      series.push({ label: line.name, stroke: colour(i), dash: dash(i), width: 2, spanGaps: false,
        points: { show: true, size: lines.length > 8 ? 4 : 6, fill: colour(i) } });
      data.push(nulls(line.rows.map((r) => (r === undefined ? NaN : S.score[r]))));
    });
    if (bands) lines.forEach((line, i) => {
      if (off.has(line.key)) return;
      const edges = line.rows.map((r) => (r === undefined ? [NaN, NaN] : band_of(seen.band, r)));
      for (const side of [1, 0]) {
        series.push({ label: "", stroke: "transparent", width: 0, points: { show: false }, band: true });
        data.push(nulls(edges.map((edge) => edge[side])));
      }
      drawn.push({ series: [series.length - 2, series.length - 1], fill: `${colour(i)}2e` });
    });
    return [data, series, drawn];
  }

  function draw() {
    seen = content();
    for (const line of seen.lines) line.at = 0;
    const shown_lines = seen.lines.filter((line) => !off.has(line.key));
    const bands = seen.band && shown_lines.length <= MOST_BANDS;
    const [data, series, drawn] = series_of(seen.lines, bands);
    list.replaceChildren(...seen.lines.map(entry));
    const axis = { stroke: css("--soft"), grid: { stroke: css("--grid"), width: 1 }, ticks: { stroke: css("--grid"), width: 1 },
      font: "13px system-ui, sans-serif" };
    const pad = 0.03 * (HI - LO || 1), width = width_of(box);
    if (own.plot) own.plot.destroy();
    near = 0;
    own.plot = new uPlot({
      width, height: width < 520 ? 260 : 360, legend: { show: false }, bands: drawn, series,
      scales: { x: { time: false, range: (u, from, to) => (from === to ? [from - 1, to + 1] : [from, to]) },
        y: { range: [LO - pad, HI + pad] } },
      axes: [{ ...axis, incrs: [1, 2, 5, 10, 20, 50], values: (u, ticks) => ticks.map((t) => (Number.isInteger(t) ? String(t) : "")) },
        { ...axis, size: 62, values: (u, ticks, axis_of, space, step) => ticks.map((t) => shown(t, decimals(step))) }],
      cursor: { drag: { x: true, y: false }, focus: { prox: 18 },
        points: { size: 10, show: (u, k) => (series[k].band ? undefined : el("div")) } },
      focus: { alpha: 0.35 },
      hooks: {
        drawClear: [(u) => hatch_gaps(u, shown_lines)],
        setCursor: [(u) => { if (u.cursor.idx !== null && u.cursor.idx !== undefined) read(u.cursor.idx); }],
        setSeries: [(u, k) => { if (k === null || !series[k] || !series[k].band) { near = k || 0; read(here); } }],
      },
    }, data, holder);
    holder.setAttribute("aria-label", `${seen.label}. Left and right arrow: year; up and down: line; plus and minus: zoom; 0: all years.`);
    note.textContent = [
      seen.band && !bands ? `Bands are drawn for up to ${MOST_BANDS} lines; switch others off.` : "",
      "A gap in a line: no score, which is unknown, not zero. Hatched: no line has a score. Drag to zoom, double click for all years.",
      seen.pick ? "Click a year, or press Enter, to see it below." : "",
    ].join(" ").trim();
    const opening = seen.years.indexOf(OPEN_YEAR);
    read(here !== undefined && here < seen.years.length ? here : Math.max(0, opening));
    fill_numbers();
  }

  function hatch_gaps(u, lines) {
    const empty = seen.years.filter((_, i) => !lines.some((line) => line.rows[i] !== undefined && known(S.score[line.rows[i]])));
    const { left, top, width, height } = u.bbox, pen = u.ctx;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
    pen.fillStyle = hatch(pen);
    for (const y of empty) {
      const from = u.valToPos(YEARS[y] - 0.5, "x", true), to = u.valToPos(YEARS[y] + 0.5, "x", true);
      pen.fillRect(from, top, to - from, height);
    }
    pen.restore();
  }

  function read(i) {
    if (i === undefined) return;
    here = i;
    const close = seen.lines.find((line) => line.at && line.at === near);
    const row = close && close.rows[i];
    at.textContent = close
      ? `${YEARS[seen.years[i]]} · ${close.name}: ${row === undefined ? "not in the panel" : told(row).slice(1).join(", ")}`
      : String(YEARS[seen.years[i]]);
    for (const line of seen.lines) {  // in place, so that a focused button keeps the focus
      const r = line.rows[i];
      line.value.textContent = r === undefined ? "–" : shown_score(r);
      line.button.classList.toggle("near", line === close);
    }
  }

  function entry(line, k) {
    const sample = el("canvas", { width: 52, height: 20, "aria-hidden": "true" }), pen = sample.getContext("2d");
    Object.assign(pen, { strokeStyle: colour(k), lineWidth: 5 });
    pen.setLineDash(dash(k).map((x) => 2 * x));
    pen.moveTo(0, 10);
    pen.lineTo(52, 10);
    pen.stroke();
    line.value = el("b");
    line.button = el("button", { type: "button", "aria-pressed": String(!off.has(line.key)), "data-key": line.key,
      on: { click: () => toggle(line.key) } }, sample, `${line.name} `, line.value);
    return el("li", {}, line.button);
  }

  function toggle(key) {
    if (off.has(key)) off.delete(key);
    else off.add(key);
    draw();
    list.querySelector(`[data-key="${CSS.escape(key)}"]`).focus();
  }

  function fill_numbers() {
    while (numbers.children.length > 1) numbers.lastChild.remove();
    if (!numbers.open) return;
    const head = el("tr", {}, el("th", { scope: "col" }, "year"), ...seen.lines.map((line) => el("th", { scope: "col", class: "num" }, line.name)));
    const body = seen.years.map((y, i) => el("tr", {}, el("th", { scope: "row" }, String(YEARS[y])),
      ...seen.lines.map((line) => el("td", { class: "num" }, line.rows[i] === undefined ? "" : shown_score(line.rows[i])))));
    numbers.append(el("div", { class: "wide", role: "region", tabindex: "0", "aria-label": seen.label },
      el("table", { class: "data" }, el("thead", {}, head), el("tbody", {}, ...body))));
  }

  function span() {
    const { min, max } = own.plot.scales.x;
    return [min, max];
  }
  function zoom(by) {
    const first = YEARS[seen.years[0]], last = YEARS[seen.years.at(-1)], [min, max] = span();
    const centre = YEARS[seen.years[here]], half = Math.max(1, ((max - min) * by) / 2);
    const middle = Math.min(Math.max(centre, min), max);
    own.plot.setScale("x", { min: Math.max(first, middle - half), max: Math.min(last, middle + half) });
  }
  function reset() {
    own.plot.setScale("x", { min: YEARS[seen.years[0]], max: YEARS[seen.years.at(-1)] });
  }
  function point_to(i) {
    const u = own.plot, line = seen.lines.find((l) => l.at === near), value = line && u.data[line.at][i];
    const kept = near;
    u.setCursor({ left: u.valToPos(YEARS[seen.years[i]], "x"), top: u.valToPos(value ?? (LO + HI) / 2, "y") });
    if (near !== kept) u.setSeries(kept || null, { focus: kept > 0 });  // keys choose the line, not nearness
    near = kept;
    read(i);
  }
  function next_line(step) {
    const lines = seen.lines.filter((line) => line.at), k = lines.findIndex((line) => line.at === near);
    const line = lines.at((k + step + lines.length + (k < 0 && step < 0 ? 1 : 0)) % lines.length);
    if (line) own.plot.setSeries(line.at, { focus: true });
  }
  holder.addEventListener("keydown", (event) => {
    const n = seen.years.length;
    const act = {
      ArrowLeft: () => point_to(Math.max(0, here - 1)), ArrowRight: () => point_to(Math.min(n - 1, here + 1)),
      Home: () => point_to(0), End: () => point_to(n - 1), ArrowUp: () => next_line(-1), ArrowDown: () => next_line(1),
      "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6), 0: reset,
      Enter: () => seen.pick && seen.pick(seen.years[here]),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  let pressed = 0;
  holder.addEventListener("pointerdown", (event) => { pressed = event.clientX; });
  holder.addEventListener("click", (event) => {  // a click, not the end of a drag
    if (seen.pick && Math.abs(event.clientX - pressed) < 4) seen.pick(seen.years[here]);
  });
  numbers.addEventListener("toggle", fill_numbers);
  new ResizeObserver(() => {
    const width = width_of(box);
    if (own.plot && own.plot.width !== width) own.plot.setSize({ width, height: width < 520 ? 260 : 360 });
  }).observe(box);
  return { draw, off };
}
