// Trajectories: all states with one partner.
const MOST_LINES = 20;  // beyond, only the highest of the opening year are switched on at first
let trajectories;

function trajectory_lines() {
  const p = +$("c-partner").value, from = +$("c-from").value, to = Math.max(from, +$("c-to").value);
  $("c-to").value = String(to);
  const years = YEARS.map((_, i) => i).slice(from, to + 1);
  const lines = STATES.map((code, s) => ({ key: code, name: name_of(code), rows: years.map((y) => find(s, p, y)) }))
    .filter((line) => line.rows.some((r) => r !== undefined));
  return { label: `Alignment with ${titled(PARTNERS[p])}`, years, lines, band: $("c-band").value, pick: null };
}

function switch_some_off() {
  const p = +$("c-partner").value;
  const opening = (code) => {
    const r = find(STATES.indexOf(code), p, OPEN_YEAR);
    return r === undefined || !known(S.score[r]) ? -Infinity : S.score[r];
  };
  const keys = trajectory_lines().lines.map((line) => line.key).sort((a, b) => opening(b) - opening(a));
  trajectories.off.clear();
  if (keys.length > MOST_LINES) for (const key of keys.slice(10)) trajectories.off.add(key);
}

function start_lines() {
  choices("c-partner", one_of(PARTNERS), MAIN_PARTNER);
  choices("c-from", some_year, 0);
  choices("c-to", some_year, YEARS.length - 1);
  choices("c-band", BANDS, "");
  trajectories = chart($("c-chart"), trajectory_lines);
  $("c-partner").addEventListener("change", () => { switch_some_off(); trajectories.draw(); });
  for (const id of ["c-from", "c-to", "c-band"]) $(id).addEventListener("change", () => trajectories.draw());
  switch_some_off();
  trajectories.draw();
}
