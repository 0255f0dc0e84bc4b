// Theme, print, start.
const THEMES = ["auto", "light", "dark"];
const prefers_dark = matchMedia("(prefers-color-scheme: dark)");
let theme = "auto";

function set_theme() {
  const dark = !printing && (theme === "dark" || (theme === "auto" && prefers_dark.matches));
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
function print_mode(on) {  // paper is light, and narrower than the window
  if (printing === on) return;
  printing = on;
  set_theme();
  redraw();
}
addEventListener("beforeprint", () => print_mode(true));
addEventListener("afterprint", () => print_mode(false));
document.documentElement.dataset.ready = "yes";
