// Making elements (text is always text, never markup), choices, the hint beside the pointer.
const $ = (id) => document.getElementById(id);

function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    else if (name === "css") for (const [key, v] of Object.entries(value)) made.style.setProperty(key, v);
    else if (value !== undefined && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Options are [value, text]; the value is the place of a label, or "" for all.
function choices(id, options, chosen) {
  const select = $(id);
  select.replaceChildren(...options.map(([value, text]) => el("option", { value }, text)));
  select.value = String(chosen);
  return select;
}
const all_of = (labels, what) => [["", what], ...labels.map((label, i) => [i, titled(label)])];
const one_of = (labels) => labels.map((label, i) => [i, titled(label)]);
const some_year = YEARS.map((year, i) => [i, String(year)]);
const newest_first = [...some_year].reverse();

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const tip = {
  show(text, x, y) {
    const box = $("tip");
    box.textContent = text;
    box.hidden = false;
    const { width, height } = box.getBoundingClientRect();
    box.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 8))}px`;
    box.style.top = `${y + 18 + height > innerHeight ? Math.max(4, y - height - 10) : y + 18}px`;
  },
  hide() { $("tip").hidden = true; },
};

function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// A range, an interval of draws and a score on the scale of the index; the text beside it says it.
function mark(r) {
  const at = (x) => `${(100 * (x - LO)) / (HI - LO || 1)}%`;
  const box = el("span", { class: known(S.score[r]) ? "mark" : "mark none", "aria-hidden": "true" });
  const bar = (kind, from, to) => known(from) && box.append(
    el("i", { class: kind, css: { left: at(from), width: at(LO + to - from) } }));
  if (S.high[r] > S.low[r]) bar("range", S.low[r], S.high[r]);
  if (I) bar("draws", I.lo[r], I.hi[r]);
  if (known(S.score[r])) box.append(el("i", { class: "dot", css: { left: at(S.score[r]) } }));
  return box;
}
