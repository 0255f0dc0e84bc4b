// The numbers of the page, as they were embedded, and how they are shown.
const D = JSON.parse(document.getElementById("data").textContent);
const YEAR_SIGN = "\ue000";

function unpack(c) {
  const bytes = Uint8Array.from(atob(c.f ?? c.i), (s) => s.charCodeAt(0));
  if (c.f !== undefined) return new Float64Array(bytes.buffer);
  const places = new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[c.w](bytes.buffer);
  if (c.v) return Float64Array.from(places, (i) => c.v[i] ?? NaN);
  return c.c ? Array.from(places, (i) => c.c[i]) : places;
}
const each = (columns) => columns && columns.map((c) => c && unpack(c));
const columns = (table) => Object.fromEntries(Object.entries(table).map(([k, c]) => [k, unpack(c)]));

const STATES = D.labels.state, PARTNERS = D.labels.partner, YEARS = D.labels.year;
const row_state = unpack(D.rows.state), row_partner = unpack(D.rows.partner), row_year = unpack(D.rows.year);
const S = columns(D.scores);
const codes = each(D.codes), code_low = each(D.code_low), code_high = each(D.code_high);
const carried = (D.carried ?? []).map((packed) => {  // by indicator: row to age and code
  const { row, age, code } = columns(packed);
  return new Map(Array.from(row, (r, i) => [r, [age[i], code[i]]]));
});
const parts = each(D.parts), reference = D.reference && unpack(D.reference);
const raw = columns(D.raw);
const why = each(D.why.of);
const source_sets = D.sources && each(D.sources.of);
const interval_span = D.interval && D.interval.span;
const I = D.interval && columns(Object.fromEntries(
  Object.entries(D.interval).filter(([name]) => name !== "span" && name !== "within")));
const INDICATORS = D.spec.indicators;
const [LO, HI] = D.spec.range;

// Row of a dyad-year by the places of its labels; undefined where there is none.
const row_at = new Map();
const place = (s, p, y) => (s * PARTNERS.length + p) * YEARS.length + y;
for (let r = 0; r < D.n; r++) row_at.set(place(row_state[r], row_partner[r], row_year[r]), r);
const find = (s, p, y) => row_at.get(place(s, p, y));
const year_place = new Map(YEARS.map((year, i) => [year, i]));
const OPEN_YEAR = year_place.get(D.year);

const known = (x) => x === x;
const titled = (code) => (Object.hasOwn(D.names, code) ? `${D.names[code]} (${code})` : code);
const name_of = (code) => (Object.hasOwn(D.names, code) ? D.names[code] : code);

function shown(x, digits = D.spec.digits) {
  if (!known(x)) return "?";
  const text = x.toFixed(D.spec.counts && !Number.isInteger(x) ? 2 : digits);
  return /^-[0.]*$/.test(text) ? text.slice(1) : text;
}
const age = (r, j) => carried[j]?.get(r)?.[0] ?? 0;  // years since the code that is carried
function due(r) {  // indicators that apply
  let n = 0;
  for (const low of code_low) n += known(low[r]) ? 1 : 0;
  return n;
}
const shown_score = (r) => shown(S.score[r]) + (D.spec.counts && known(S.score[r]) ? ` of ${due(r)}` : "");
const span_of = (lo, hi) => `${shown(lo)}${LO < 0 ? " to " : "–"}${shown(hi)}`;
const shown_range = (r) => (known(S.low[r]) ? span_of(S.low[r], S.high[r]) : "none applies");
const shown_draws = (r) => (I && known(I.lo[r]) ? span_of(I.lo[r], I.hi[r]) : "");

function told(r) {  // a dyad-year in one text
  const lines = [`${STATES[row_state[r]]} with ${PARTNERS[row_partner[r]]}, ${YEARS[row_year[r]]}`];
  lines.push(known(S.score[r]) ? `score ${shown_score(r)}` : "no score");
  lines.push(known(S.low[r]) ? `possible ${shown_range(r)}` : "no indicator applies");
  if (shown_draws(r)) lines.push(`${interval_span} of draws ${shown_draws(r)}`);
  if (known(S.coverage[r])) lines.push(`coverage ${S.coverage[r].toFixed(2)}`);
  if (S.carried[r] > 0) lines.push(`carried ${S.carried[r].toFixed(2)}`);
  return lines;
}

// A float as Python writes it, so that the CSV is the one that the library writes.
function python_float(x) {
  if (!known(x)) return "";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return x.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  const text = Object.is(x, -0) ? "-0" : String(x);
  return Number.isInteger(x) ? `${text}.0` : text;
}
const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function csv(rows) {
  const head = ["state", "partner", "year", "score", "low", "high", "coverage", "carried", "n_indicators",
    ...INDICATORS.map((i) => `code_${i.name}`), "fidelity"];
  const lines = [head.map(quoted).join(",")];
  for (const r of rows) {
    lines.push([
      quoted(STATES[row_state[r]]), quoted(PARTNERS[row_partner[r]]), YEARS[row_year[r]],
      ...[S.score, S.low, S.high, S.coverage, S.carried].map((c) => python_float(c[r])), S.n_indicators[r],
      ...codes.map((c) => python_float(c[r])), D.spec.fidelity,
    ].join(","));
  }
  return `${lines.join("\n")}\n`;
}

// The partner with which the scores of the opening year differ most: what to open with.
const MAIN_PARTNER = (() => {
  const spread = PARTNERS.map((_, p) => {
    const rows = STATES.map((_, s) => find(s, p, OPEN_YEAR)).filter((r) => r !== undefined && known(S.score[r]));
    const scores = rows.map((r) => S.score[r]);
    if (!scores.length) return -Infinity;
    const mean = scores.reduce((sum, x) => sum + x, 0) / scores.length;
    return scores.reduce((sum, x) => sum + (x - mean) ** 2, 0) / scores.length;
  });
  return spread.indexOf(Math.max(...spread));
})();
