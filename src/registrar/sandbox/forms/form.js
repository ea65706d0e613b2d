// What the pages do by themselves: fields that depend on others, and lists of suggestions.
"use strict";

function valueOf(name) {
  const found = [...document.getElementsByName(name)];
  const chosen = found.find((one) => (one.type === "radio" || one.type === "checkbox") && one.checked);
  if (chosen) return chosen.value;
  const plain = found.find((one) => one.type !== "radio" && one.type !== "checkbox");
  return plain ? plain.value : "";
}

function showWhatApplies() {
  for (const box of document.querySelectorAll("[data-when]")) {
    const given = valueOf(box.dataset.when);
    box.hidden = !JSON.parse(box.dataset.among).includes(given);
  }
}

function offerWhatFits(select) {
  const choices = JSON.parse(select.dataset.choices)[valueOf(select.dataset.depends)] || {};
  const before = select.value;
  select.replaceChildren(new Option("Please choose", ""));
  for (const [value, words] of Object.entries(choices)) select.add(new Option(words, value));
  select.value = before in choices ? before : "";
}

function combobox(input) {
  const list = document.getElementById(input.getAttribute("aria-controls"));
  const known = [...list.children];
  const typed = document.createElement("li");
  typed.setAttribute("role", "option");
  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  }
  function offer() {
    const text = input.value.trim();
    const fits = known.filter((one) => one.textContent.toLowerCase().includes(text.toLowerCase()));
    typed.dataset.value = text;
    typed.textContent = `Use “${text}”`;
    const exact = known.some((one) => one.dataset.value === text);
    list.replaceChildren(...fits, ...(text && !exact ? [typed] : []));
    list.hidden = list.children.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }
  input.addEventListener("focus", offer);
  input.addEventListener("input", offer);
  input.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  input.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    const chosen = event.target.closest("[role=option]");
    if (!chosen) return;
    event.preventDefault();
    input.value = chosen.dataset.value;
    close();
  });
}

for (const select of document.querySelectorAll("select[data-depends]")) {
  for (const one of document.getElementsByName(select.dataset.depends)) {
    one.addEventListener("change", () => offerWhatFits(select));
  }
}
for (const input of document.querySelectorAll("[role=combobox]")) combobox(input);
document.addEventListener("change", showWhatApplies);
document.addEventListener("input", showWhatApplies);
window.addEventListener("pageshow", showWhatApplies);
showWhatApplies();
