// What the tests ask of a page: axe-core's findings, and what the keyboard reaches. Put into it beside axe-core.
window.violations = async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const why = (node) => (node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? "";
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} ${why(node)}`));
};

const ALL = "a[href], button, input, select, textarea, summary, [role=button], [contenteditable=true]";
// Within these the arrow keys go on, and one of theirs is reached.
const COMPOSITE = "[role=tablist], [role=toolbar], [role=radiogroup], [role=listbox], [role=tree], [role=grid], [role=menu], .xterm";
let wanted = [];
let reached = new Set();

const shown = (it) => it.checkVisibility({ visibilityProperty: true }) && !it.closest("[inert], [aria-hidden=true]");
// So is what has a neighbour of its kind that Tab comes to: numbers of lines, rows of a tree.
const kin = (it) => it.tabIndex < 0 && it.className && document.querySelector(`.${[...it.classList].map(CSS.escape).join(".")}:not([tabindex="-1"])`);
const asked = (it) => shown(it) && !kin(it) && !it.disabled && it.type !== "hidden" && !(it.type === "radio" && !it.checked) && !it.closest(COMPOSITE);

window.begin = () => {
  wanted = [...document.querySelectorAll(ALL)].filter(asked);
  reached = new Set();
  document.activeElement?.blur?.();
};

function ringed(it) {
  const style = getComputedStyle(it);
  return (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none";
}

window.step = () => {
  const at = document.activeElement;
  if (!at || at === document.body) return "none";
  const seen = reached.has(at);
  reached.add(at);
  const around = [at, at.closest("label, li, tr, article"), at.parentElement, at.parentElement.parentElement].filter(Boolean);
  if (seen) return "again";
  return around.some(ringed) || at.closest(".xterm, [cmdk-root]") ? "new" : `no ring: ${at.outerHTML.slice(0, 160)}`;
};

window.missed = () => wanted.filter((it) => it.isConnected && !reached.has(it)).map((it) => it.outerHTML.slice(0, 200));
