// One state: its trajectories with all partners, and why each score of a year is what it is.
let state_chart;

function state_lines() {
  const s = +$("s-state").value, years = YEARS.map((_, i) => i);
  const lines = PARTNERS.map((code, p) => ({ key: code, name: `with ${name_of(code)}`, rows: years.map((y) => find(s, p, y)) }))
    .filter((line) => line.rows.some((r) => r !== undefined));
  return { label: `Alignment of ${titled(STATES[s])}`, years, lines, band: $("s-band").value,
    pick: (y) => { $("s-year").value = String(y); draw_cards(); } };
}

function draw_cards() {
  const s = +$("s-state").value, y = +$("s-year").value;
  $("s-head").textContent = `${titled(STATES[s])} in ${YEARS[y]}`;
  const rows = PARTNERS.map((_, p) => find(s, p, y)).filter((r) => r !== undefined);
  rows.sort((a, b) => (known(S.score[b]) ? S.score[b] : -Infinity) - (known(S.score[a]) ? S.score[a] : -Infinity) || a - b);
  // One scale for the bars of all cards, so that they can be compared.
  const most = Math.max(1e-300, ...rows.flatMap((r) => (parts ?? []).map((c) => (known(c[r]) ? Math.abs(c[r]) : 0))));
  $("s-cards").replaceChildren(...(rows.length ? rows.map((r) => card(r, most)) : [el("p", {}, "Not in the panel in this year.")]));
}

function card(r, most) {
  const partner = PARTNERS[row_partner[r]];
  const box = el("article", { class: "card" }, el("h4", {}, `with ${titled(partner)}`));
  box.append(el("div", { class: known(S.score[r]) ? "big" : "big none" }, known(S.score[r]) ? shown_score(r) : "no score"));
  const lines = told(r).slice(2);
  if (!known(S.score[r]) && known(S.coverage[r]) && ["renormalise", "carry"].includes(D.spec.missing) && S.coverage[r] + S.carried[r] < D.spec.min_coverage) {
    lines.push(`under the coverage of ${D.spec.min_coverage} that the spec asks for`);
  }
  if (I && known(I.rank_nominal[r])) lines.push(`rank ${I.rank_nominal[r]}, in ${interval_span} of draws ${I.rank_lo[r]}–${I.rank_hi[r]}`);
  box.append(el("p", { class: "legend" }, lines.join(" · ")), contribution_table(r, most),
    el("details", {}, el("summary", {}, "Why: raw values, rules and sources"), ...INDICATORS.map((_, j) => reasons(r, j))));
  return box;
}

function code_text(r, j) {
  if (!known(code_low[j][r])) return "does not apply";
  if (known(codes[j][r])) return codes[j][r].toFixed(3);
  if (age(r, j)) return `${carried[j].get(r)[1].toFixed(3)} of ${YEARS[row_year[r]] - age(r, j)}`;
  return `unknown ${code_low[j][r].toFixed(2)}–${code_high[j][r].toFixed(2)}`;
}

function contribution_table(r, most) {
  if (!parts) return el("p", { class: "legend" }, D.no_parts);
  const rows = INDICATORS.map((indicator, j) => {
    const part = parts[j][r], bar = el("td", { class: "part" });
    if (known(part)) bar.append(el("i", { class: part < 0 ? "minus" : null, css: { width: `${(100 * Math.abs(part)) / most}%` } }));
    const unknown = known(code_low[j][r]) && !known(codes[j][r]);
    return el("tr", {}, el("th", { scope: "row" }, indicator.title), el("td", { class: unknown ? "num none" : "num" }, el("span", { class: "on" }, code_text(r, j))),
      el("td", { class: "num" }, known(part) ? `${part < 0 ? "−" : "+"}${shown(Math.abs(part), digits_of_parts())}` : ""), bar);
  });
  const start = reference[r];
  if (known(start) && start !== 0) {
    rows.unshift(el("tr", {}, el("th", { scope: "row" }, "reference"), el("td"), el("td", { class: "num" }, shown(start, digits_of_parts())), el("td")));
  }
  return el("table", { class: "data" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "indicator"),
    el("th", { scope: "col", class: "num" }, "code"), el("th", { scope: "col", class: "num" }, "part of score"), el("td"))),
  el("tbody", {}, ...rows));
}
const digits_of_parts = () => Math.max(D.spec.digits, D.spec.counts ? 2 : 0);

// --- why ---

function window_rows(r, j) {  // [year, row or undefined] behind the code, the year itself last
  const reach = INDICATORS[j].reach + age(r, j), last = YEARS[row_year[r]], found = [];
  for (let year = last - reach; year <= last; year++) {
    const y = year_place.get(year);
    found.push([year, y === undefined ? undefined : find(row_state[r], row_partner[r], y)]);
  }
  return found;
}

function raw_text(r, j) {
  const shown_raw = (x) => (x === null || (typeof x === "number" && !known(x)) ? "unknown"
    : typeof x === "string" ? x : String(+x.toPrecision(6)));
  const rows = window_rows(r, j);
  return INDICATORS[j].columns.map((column) => {
    const values = rows.map(([year, at]) => [year, at === undefined ? "unknown" : shown_raw(raw[column][at])]);
    return `${column} ${values.length === 1 ? values[0][1] : values.map(([year, x]) => `${year}: ${x}`).join(", ")}`;
  });
}

function spans(years) {  // 2009–2011, 2013
  const runs = [];
  for (const year of years) {
    const run = runs.at(-1);
    if (run && run[1] === year - 1) run[1] = year;
    else runs.push([year, year]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}

function source_texts(r, j) {  // lines of the window; a line that only differs in its year is given once
  if (!source_sets || !source_sets[j]) return [];
  const years_of = new Map();
  for (const [year, at] of window_rows(r, j)) {
    if (at === undefined) continue;
    for (const number of D.sources.sets[source_sets[j][at]]) {
      const line = D.sources.lines[number];
      if (!years_of.has(line)) years_of.set(line, []);
      years_of.get(line).push(year);
    }
  }
  return [...years_of].map(([line, years]) => line.replace(YEAR_SIGN, spans(years)));
}

function reasons(r, j) {
  const indicator = INDICATORS[j], [low, high] = [code_low, code_high].map((bound) => +bound[j][r].toPrecision(3));
  const code = known(codes[j][r]) ? codes[j][r].toFixed(3)
    : age(r, j) ? `${carried[j].get(r)[1].toFixed(3)}, carried from ${YEARS[row_year[r]] - age(r, j)}; unknown, ${low} to ${high}`
      : known(low) ? `unknown, between ${low} and ${high}` : `does not apply: ${D.why.texts[why[j][r]]}`;
  const facts = [["raw", raw_text(r, j)]];
  const sources = source_texts(r, j);
  if (sources.length) facts.push([`sources (${indicator.dataset})`, sources]);
  facts.push(["rule", [indicator.rule]], ["code", [code]]);
  if (known(code_low[j][r])) facts.push(["weight", [`${+indicator.weight.toPrecision(3)} of the full weight`]]);
  if (parts && known(parts[j][r])) facts.push(["part of score", [shown(parts[j][r], digits_of_parts())]]);
  return el("div", { class: "why" }, el("h5", {}, indicator.title), el("dl", {}, ...facts.flatMap(([term, texts]) => [
    el("dt", {}, term), el("dd", {}, texts.length === 1 ? texts[0] : el("ul", {}, ...texts.map((text) => el("li", {}, text))))])));
}

function show_state(r) {
  tip.hide();
  $("s-state").value = String(row_state[r]);
  $("s-year").value = String(row_year[r]);
  state_chart.draw();
  draw_cards();
  const card_of = [...document.querySelectorAll("#s-cards h4")].find((h) => h.textContent === `with ${titled(PARTNERS[row_partner[r]])}`);
  if (!card_of) return;
  card_of.parentElement.querySelector("details").open = true;
  card_of.tabIndex = -1;
  card_of.scrollIntoView({ block: "start" });
  card_of.focus({ preventScroll: true });
}

function start_state() {
  const first = table.rows.find((r) => known(S.score[r])) ?? 0;
  choices("s-state", one_of(STATES), row_state[first]);
  choices("s-year", newest_first, OPEN_YEAR);
  choices("s-band", BANDS, I ? "draws" : "range");
  state_chart = chart($("s-chart"), state_lines);
  $("s-state").addEventListener("change", () => { state_chart.draw(); draw_cards(); });
  $("s-year").addEventListener("change", draw_cards);
  $("s-band").addEventListener("change", () => state_chart.draw());
  state_chart.draw();
  draw_cards();
}
