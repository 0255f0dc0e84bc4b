// The table of dyad-years: filter, sort, pages, download.
const table = { sort: "score", down: true, page: 0, rows: [] };

const COLUMNS = [
  ["state", "state", (r) => STATES[row_state[r]], (r) => titled(STATES[row_state[r]])],
  ["partner", "partner", (r) => PARTNERS[row_partner[r]], (r) => titled(PARTNERS[row_partner[r]])],
  ["year", "year", (r) => YEARS[row_year[r]], (r) => String(YEARS[row_year[r]])],
  ["score", "score", (r) => S.score[r], shown_score],
  ["low", "low–high", (r) => S.low[r], shown_range],
  ...(I ? [
    ["draws", `${interval_span} of draws`, (r) => I.lo[r], shown_draws],
    ["rank", "rank (draws)", (r) => I.rank_nominal[r], (r) => (known(I.rank_nominal[r])
      ? `${I.rank_nominal[r]} (${I.rank_lo[r]}–${I.rank_hi[r]})` : "")],
  ] : []),
  ["coverage", "coverage", (r) => S.coverage[r], (r) => (known(S.coverage[r]) ? S.coverage[r].toFixed(2) : "")],
];

// A column that the choices hold fixed is told once, above the table.
const columns_shown = () => COLUMNS.filter(([key]) => !(["partner", "year"].includes(key) && $(`t-${key}`).value !== ""));

function chosen_rows() {
  const [s, p, y] = ["t-state", "t-partner", "t-year"].map((id) => $(id).value);
  const rows = [];
  for (let r = 0; r < D.n; r++) {
    if (s !== "" && row_state[r] !== +s) continue;
    if (p !== "" && row_partner[r] !== +p) continue;
    if (y !== "" && row_year[r] !== +y) continue;
    rows.push(r);
  }
  return rows;
}

function sorted(rows) {
  const value = COLUMNS.find(([key]) => key === table.sort)[2];
  const sign = table.down ? -1 : 1;
  const missing = (x) => typeof x === "number" && !known(x);
  return rows.sort((a, b) => {  // stable: equal ones stay in the order of state, partner, year
    const x = value(a), y = value(b);
    if (missing(x) || missing(y)) return missing(x) - missing(y);  // unknown last, either way
    return x < y ? -sign : x > y ? sign : a - b;
  });
}

function draw_table() {
  table.rows = sorted(chosen_rows());
  const size = +$("t-size").value || Infinity, n = table.rows.length;
  if (table.page * size >= n) table.page = 0;
  const from = table.page ? table.page * size : 0, to = Math.min(n, from + size);
  const cells = columns_shown();
  const head = el("tr", {}, ...cells.map(([key, title]) => {
    const sort = key === table.sort ? (table.down ? "descending" : "ascending") : "none";
    const number = !["state", "partner"].includes(key);
    return el("th", { scope: "col", "aria-sort": sort, class: number ? "num" : null },
      el("button", { type: "button", "data-key": key, on: { click: () => sort_by(key) } }, title));
  }), el("th", { scope: "col" }, `${shown(LO)} to ${shown(HI)}`), el("th", { scope: "col" }, "why"));
  const body = table.rows.slice(from, to).map((r) => el("tr", { "data-row": r },
    ...cells.map(([key, , , text]) => {
      if (key === "state") return el("th", { scope: "row" }, text(r));
      const empty = key === "score" && !known(S.score[r]);
      return el("td", { class: `${key === "partner" ? "" : "num"}${empty ? " none" : ""}` || null },
        empty ? el("span", { class: "on" }, text(r)) : text(r));
    }),
    el("td", {}, mark(r)),
    el("td", {}, el("button", {
      type: "button", "aria-label": `Why: ${told(r)[0]}`, on: { click: () => show_state(r) },
    }, "Why"))));
  $("scores").replaceChildren(el("thead", {}, head), el("tbody", {}, ...body));
  $("t-count").textContent = n
    ? `${from + 1}–${to} of ${n.toLocaleString("en")} dyad-years${held()}` : "No dyad-year of the page fits.";
  $("t-prev").disabled = from === 0;
  $("t-next").disabled = to >= n;
}

function held() {
  const p = $("t-partner").value, y = $("t-year").value;
  return `${p === "" ? "" : ` with ${titled(PARTNERS[+p])}`}${y === "" ? "" : ` in ${YEARS[+y]}`}`;
}

function sort_by(key) {
  const text = ["state", "partner"].includes(key);
  table.down = key === table.sort ? !table.down : !text;
  table.sort = key;
  table.page = 0;
  draw_table();
  document.querySelector(`#scores [data-key="${key}"]`).focus();
}

function start_table() {
  choices("t-state", all_of(STATES, "every state"), "");
  choices("t-partner", all_of(PARTNERS, "every partner"), MAIN_PARTNER);
  choices("t-year", [["", "every year"], ...newest_first], OPEN_YEAR);
  for (const id of ["t-state", "t-partner", "t-year", "t-size"]) {
    $(id).addEventListener("change", () => { table.page = 0; draw_table(); });
  }
  $("t-prev").addEventListener("click", () => { table.page -= 1; draw_table(); });
  $("t-next").addEventListener("click", () => { table.page += 1; draw_table(); });
  const file = `${D.spec.name}-${D.spec.fidelity}`.replaceAll(/[^\w.-]+/g, "_");
  $("csv-all").addEventListener("click", () => download(`${file}.csv`, csv(Array.from({ length: D.n }, (_, r) => r))));
  $("csv-shown").addEventListener("click", () => download(`${file}-selection.csv`, csv(table.rows)));
  const seen = D.spec.missing === "carry" ? "observed or carried" : "observed";
  const reason = !["renormalise", "carry"].includes(D.spec.missing) ? "an indicator is unknown"
    : D.spec.min_coverage > 0 ? `the ${seen} share of the weight is under ${D.spec.min_coverage}` : `nothing is ${seen}`;
  $("t-legend").textContent = "low–high: the minimum and maximum score that missing values leave possible. "
    + (I ? `Draws and ranks: see Robustness; a rank is among ${D.interval.within}. ` : "")
    + `Coverage: share of the weight that is observed. ?: no score, since ${reason} (or none applies); that is `
    + `unknown, not zero. The bars show score (mark)${I ? ", draws (dark)" : ""} and low–high (light). `
    + "Rounded here; the CSV holds every digit.";
  draw_table();
}
