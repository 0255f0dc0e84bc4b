// Theme, print, start.
const THEMES = ["auto", "light", "dark"];
const prefers_dark = matchMedia("(prefers-color-scheme: dark)");
let theme = "auto";

function set_theme(printed = false) {
  const dark = !printed && (theme === "dark" || (theme === "auto" && prefers_dark.matches));
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").textContent = `Theme: ${theme}`;
}
function redraw() {
  trajectories.draw();
  state_chart.draw();
}

set_theme();
start_table();
start_heat();
start_lines();
start_state();

$("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  set_theme();
  redraw();
});
prefers_dark.addEventListener("change", () => { set_theme(); redraw(); });
addEventListener("beforeprint", () => { set_theme(true); redraw(); });
addEventListener("afterprint", () => { set_theme(); redraw(); });
document.documentElement.dataset.ready = "yes";
