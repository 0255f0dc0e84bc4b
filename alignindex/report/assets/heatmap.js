// States by years for one partner: a table with coloured cells, one of which takes the focus.
const SHADES = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369",
  "#e1cc55", "#fee838"].map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));

function shade(score) {
  const x = (Math.min(1, Math.max(0, (score - LO) / (HI - LO || 1)))) * (SHADES.length - 1);
  const k = Math.min(SHADES.length - 2, Math.floor(x));
  return SHADES[k].map((c, i) => Math.round(c + (SHADES[k + 1][i] - c) * (x - k)));
}
function ink_on(rgb) {  // black or white, whichever is farther by relative luminance
  const [r, g, b] = rgb.map((c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}
function brief(score) {  // two figures for a small cell
  const text = score.toFixed(Math.max(0, D.spec.digits - 1));
  return text.replace(/^(-?)0\./, "$1.");
}

const heat = { cell: 30, at: null, cells: new Map() };

function draw_heat() {
  const p = +$("h-partner").value, from = +$("h-from").value, to = Math.max(from, +$("h-to").value);
  $("h-to").value = String(to);
  const years = YEARS.map((_, i) => i).slice(from, to + 1);
  const states = STATES.map((_, s) => s).filter((s) => YEARS.some((_, y) => find(s, p, y) !== undefined));
  heat.cells.clear();
  const head = el("tr", {}, el("td", {}), ...years.map((y) => el("th", { scope: "col" }, el("span", {}, String(YEARS[y])))));
  const body = states.map((s, i) => el("tr", {}, el("th", { scope: "row", title: titled(STATES[s]) }, name_of(STATES[s])),
    ...years.map((y, k) => heat_cell(find(s, p, y), i, k))));
  $("heat").replaceChildren(
    el("caption", { class: "legend" }, `Alignment with ${titled(PARTNERS[p])}, ${shown(LO)} to ${shown(HI)}`),
    el("thead", {}, head), el("tbody", {}, ...body));
  $("heat").setAttribute("role", "grid");
  heat.at = [0, Math.max(0, years.indexOf(OPEN_YEAR))];
  const first = heat.cells.get(String(heat.at));
  if (first) first.tabIndex = 0;
  size_heat();
}

function heat_cell(r, i, k) {
  const cell = el("td", { tabindex: "-1" });
  heat.cells.set(`${i},${k}`, cell);
  if (r === undefined) {
    cell.className = "absent";
    cell.setAttribute("aria-label", "not in the panel");
    return cell;
  }
  cell.dataset.row = r;
  cell.setAttribute("aria-label", told(r).join(", "));
  if (!known(S.score[r])) {
    cell.className = "none";
    return cell;
  }
  const rgb = shade(S.score[r]);
  cell.style.backgroundColor = `rgb(${rgb})`;
  cell.style.color = ink_on(rgb);
  cell.append(el("span", { "aria-hidden": "true" }, brief(S.score[r])));
  return cell;
}

function size_heat() {
  document.documentElement.style.setProperty("--cell", `${heat.cell}px`);
  $("heat").classList.toggle("small", heat.cell < 26);
  $("h-out").disabled = heat.cell <= 12;
  $("h-in").disabled = heat.cell >= 60;
}

function move_heat(event) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const [i, k] = heat.at;
  if (step) {
    const next = heat.cells.get(`${i + step[0]},${k + step[1]}`);
    event.preventDefault();
    if (next) next.focus();
  } else if (event.key === "Home" || event.key === "End") {
    event.preventDefault();
    const row = [...heat.cells.keys()].filter((key) => key.startsWith(`${i},`));
    heat.cells.get(row.at(event.key === "Home" ? 0 : -1)).focus();
  } else if (event.key === "Enter" || event.key === " ") {
    const cell = heat.cells.get(`${i},${k}`);
    event.preventDefault();
    if (cell && cell.dataset.row !== undefined) show_state(+cell.dataset.row);
  } else if (event.key === "Escape") tip.hide();
}

function start_heat() {
  choices("h-partner", one_of(PARTNERS), MAIN_PARTNER);
  choices("h-from", some_year, 0);
  choices("h-to", some_year, YEARS.length - 1);
  for (const id of ["h-partner", "h-from", "h-to"]) $(id).addEventListener("change", draw_heat);
  $("h-in").addEventListener("click", () => { heat.cell = Math.min(60, heat.cell + 6); size_heat(); });
  $("h-out").addEventListener("click", () => { heat.cell = Math.max(12, heat.cell - 6); size_heat(); });
  const grid = $("heat");
  const hint = (cell, x, y) => (cell && cell.dataset.row !== undefined
    ? tip.show(told(+cell.dataset.row).join("\n"), x, y) : tip.hide());
  grid.addEventListener("pointermove", (e) => hint(e.target.closest("tbody td"), e.clientX, e.clientY));
  grid.addEventListener("pointerleave", () => tip.hide());
  grid.addEventListener("keydown", move_heat);
  grid.addEventListener("focusin", (event) => {
    const cell = event.target;
    for (const [key, other] of heat.cells) {
      if (other === cell) heat.at = key.split(",").map(Number);
      else if (other.tabIndex === 0) other.tabIndex = -1;
    }
    cell.tabIndex = 0;
    const box = cell.getBoundingClientRect();
    hint(cell, box.left + box.width / 2, box.top);
  });
  grid.addEventListener("focusout", () => tip.hide());
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("tbody td");
    if (cell && cell.dataset.row !== undefined) show_state(+cell.dataset.row);
  });
  draw_heat_scale();
  draw_heat();
}

function draw_heat_scale() {
  const strip = el("canvas", { width: 200, height: 1, "aria-hidden": "true" }), pen = strip.getContext("2d");
  for (let x = 0; x < 200; x++) {
    pen.fillStyle = `rgb(${shade(LO + ((HI - LO) * x) / 199)})`;
    pen.fillRect(x, 0, 1, 1);
  }
  $("heat-scale").replaceChildren(el("span", {}, shown(LO), " ", strip, " ", shown(HI)),
    el("span", {}, el("i", { class: "key none" }), "no score: unknown, not zero"),
    el("span", {}, el("i", { class: "key" }), "not in the panel"));
}
