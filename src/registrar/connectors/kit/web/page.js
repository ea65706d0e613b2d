// What a person sees of a form, as data, and the few things that are done to it.
// One function a call: a form costs a handful of round trips, however many fields it has.
(() => {
  const KEY = Symbol.for("registrar.page"), MASKED = Symbol.for("registrar.masked");
  const CONTROLS = "input:not([type=hidden]), select, textarea, button, [role=button], "
    + "[role=checkbox], [role=radio], [role=textbox], [role=option], [role=switch]";
  const MOST_CONTROLS = 400, MOST_OPTIONS = 500, MOST_TEXT = 20000;

  // As text: a page's list of countries is a thousand values to the driver, and one to a parser.
  // Old libraries teach lists another JSON, and are kept out of it.
  const asText = (value) => {
    const taught = [Object, Array, String, Number, Boolean].map((one) => one.prototype)
      .filter((one) => Object.hasOwn(one, "toJSON")).map((one) => [one, one.toJSON]);
    for (const [one] of taught) delete one.toJSON;
    try {
      return JSON.stringify(value, (_, one) => typeof one === "string" ? one.toWellFormed() : one);
    } finally {
      for (const [one, how] of taught) one.toJSON = how;
    }
  };

  const clean = (text) => (text || "").replace(/\s+/g, " ").trim();

  const roots = (root) => {
    const found = [root];
    for (const host of root.querySelectorAll("*")) {
      if (host.shadowRoot) found.push(...roots(host.shadowRoot));
    }
    return found;
  };

  const everything = (trees, selector) =>
    trees.flatMap((root) => [...root.querySelectorAll(selector)]);

  const shown = (element) => {
    if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return false;
    if (element.closest("[aria-hidden=true], [inert]")) return false;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) return false;
    // Somewhere that no scrolling reaches: where traps for programs are put.
    return box.right + scrollX > 0 && box.bottom + scrollY > 0;
  };

  const words = (element) => {
    const copy = element.cloneNode(true);
    for (const inner of copy.querySelectorAll("input, select, textarea, script, style, [hidden]")) {
      inner.remove();
    }
    return clean(copy.textContent);
  };

  const referred = (element, attribute) =>
    clean((element.getAttribute(attribute) || "").split(/\s+/).filter(Boolean)
      .map((id) => element.getRootNode().getElementById?.(id))
      .filter(Boolean).map(words).join(" "));

  const nameOf = (element, role) => {
    const told = referred(element, "aria-labelledby") || clean(element.getAttribute("aria-label"));
    if (told) return told;
    const labels = element.labels ? [...element.labels].map(words).join(" ") : "";
    if (clean(labels)) return clean(labels);
    if (role === "button" || role === "option") return words(element) || clean(element.value);
    return clean(element.getAttribute("title")) || clean(element.getAttribute("placeholder"));
  };

  const roleOf = (element) => {
    const told = element.getAttribute("role");
    if (told) return told;
    const tag = element.tagName.toLowerCase();
    if (tag === "select") return element.multiple ? "listbox" : "combobox";
    if (tag === "textarea") return "textbox";
    if (tag === "button") return "button";
    const type = element.type;
    if (["submit", "button", "image", "reset"].includes(type)) return "button";
    if (["checkbox", "radio", "file"].includes(type)) return type;
    return "textbox";
  };

  const groupOf = (element) => {
    const holder = element.closest("fieldset, [role=radiogroup], [role=group]");
    if (!holder) return "";
    const legend = holder.querySelector(":scope > legend");
    return (legend && words(legend)) || referred(holder, "aria-labelledby")
      || clean(holder.getAttribute("aria-label"));
  };

  // A box that is drawn by its label is as good as visible.
  const visible = (element, role) =>
    shown(element)
    || (["checkbox", "radio", "file"].includes(role) && !element.closest("[aria-hidden=true]")
      && [...(element.labels || [])].some(shown));

  const control = (element, index, selectors) => {
    const role = roleOf(element);
    const ticked = element.checked ?? element.getAttribute("aria-checked") === "true";
    return {
      index, role,
      type: element.type || "",
      name: nameOf(element, role),
      group: groupOf(element),
      visible: visible(element, role),
      enabled: !element.disabled && !element.readOnly
        && element.getAttribute("aria-disabled") !== "true",
      required: Boolean(element.required) || element.getAttribute("aria-required") === "true",
      value: role === "file" ? String(element.files?.length || "") : String(element.value ?? ""),
      checked: Boolean(ticked),
      invalid: element.getAttribute("aria-invalid") === "true",
      problem: element.getAttribute("aria-invalid") === "true"
        ? referred(element, "aria-errormessage") || referred(element, "aria-describedby") : "",
      identity: element.getAttribute("name") || element.id || "",
      test_id: element.dataset?.testid || element.getAttribute("data-test-id") || "",
      autocomplete: element.getAttribute("autocomplete") || "",
      accept: element.getAttribute("accept") || "",
      most: element.maxLength > 0 ? element.maxLength : 0,
      options: element.tagName === "SELECT"
        ? [...element.options].slice(0, MOST_OPTIONS)
          .map((one) => ({ value: one.value, label: clean(one.label), enabled: !one.disabled }))
        : [],
      matches: selectors.filter((one) => element.matches(one)),
    };
  };

  const challenged = (frame) => {
    const source = frame.src || "";
    const known = /recaptcha|hcaptcha|turnstile|arkoselabs|funcaptcha|captcha/i.test(source);
    return known && !/size=invisible/.test(source) && shown(frame);
  };

  // Until its own scripts have run, what is chosen on a page leads to nothing.
  const ready = () => {
    const [load] = performance.getEntriesByType("navigation");
    const bare = document.readyState === "interactive" && load?.domContentLoadedEventEnd === 0;
    return bare ? "loading" : document.readyState;
  };

  const look = (selectors) => {
    const trees = roots(document);
    const elements = everything(trees, CONTROLS).slice(0, MOST_CONTROLS);
    const before = globalThis[KEY];
    globalThis[KEY] = { elements, left: before?.left || false };
    const seen = (selector) => everything(trees, selector).filter(shown).map(words);
    return {
      url: location.href,
      title: clean(document.title),
      language: document.documentElement.lang || "",
      ready: ready(),
      left: before?.left || false,
      headings: seen("h1, h2, h3, legend, [role=heading]").slice(0, 50),
      alerts: seen("[role=alert], [role=alertdialog], [aria-live=assertive]").filter(Boolean),
      text: clean(document.body?.innerText).slice(0, MOST_TEXT),
      challenged: everything(trees, "iframe").some(challenged),
      controls: elements.map((one, index) => control(one, index, selectors)),
    };
  };

  const survey = (selectors) => asText(look(selectors));

  const tell = (element, ...names) => {
    for (const name of names) {
      element.dispatchEvent(new Event(name, { bubbles: true, composed: true }));
    }
  };

  // As React and its like want it: the setter of the element's own kind, then the events.
  const write = (element, value) => {
    const kind = Object.getPrototypeOf(element);
    element.focus();
    Object.getOwnPropertyDescriptor(kind, "value").set.call(element, value);
    tell(element, "input", "change");
    element.blur();
  };

  const act = ({ actions, selectors }) => {
    const { elements } = globalThis[KEY];
    for (const { index, does, value } of actions) {
      const element = elements[index];
      if (does === "write" || does === "choose") write(element, value);
      else element.click();
    }
    return survey(selectors);
  };

  // What a hand would press at this place, if nothing lies over it.
  const pressable = (index) => {
    const element = globalThis[KEY].elements[index];
    element.scrollIntoView({ block: "center", behavior: "instant" });
    const { x, y, width, height } = element.getBoundingClientRect();
    const hit = element.getRootNode().elementFromPoint(x + width / 2, y + height / 2);
    return shown(element) && element.contains(hit) ? element : null;
  };

  const leave = () => {
    globalThis[KEY].left = true;
  };

  // Asynchronous, so that the answer is on its way before the page goes.
  const follow = (index) => {
    const element = globalThis[KEY].elements[index];
    leave();
    setTimeout(() => element.click());
  };

  // Nothing of the owner may be read in a picture or a copy of the page.
  const mask = (secrets) => {
    const word = "[\\p{L}\\p{N}]";
    const pattern = (one) => {
      const text = one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
      // A short one is hidden as a whole word only, or it would eat the page.
      return one.length > 4 ? text : `(?<!${word})${text}(?!${word})`;
    };
    const any = secrets.length ? new RegExp(secrets.map(pattern).join("|"), "giu") : null;
    const hide = (text) => (any ? text.replace(any, (found) => "\u2022".repeat(found.length)) : text);
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const hidden = hide(node.data);
      if (hidden !== node.data) node.data = hidden;
    }
    document.title = hide(document.title);
    const trees = roots(document);
    for (const element of everything(trees, "*")) {
      for (const { name, value } of [...element.attributes]) {
        const hidden = hide(value);
        if (hidden !== value) element.setAttribute(name, hidden);
      }
    }
    for (const element of everything(trees, "input, textarea")) {
      if (["checkbox", "radio", "file", "submit", "button", "image"].includes(element.type)) continue;
      const length = element.value.length;
      if (element.type !== "text" && element.tagName === "INPUT") element.type = "text";
      if (length) element.value = "\u2022".repeat(Math.min(length, 12));
      element.removeAttribute("value");
    }
    document[MASKED] = true;
  };

  // A page that has come since the last one was masked is nobody's to keep.
  const masked = () => document[MASKED] === true;

  const snapshot = (most) => {
    if (!masked()) return null;
    const copy = document.documentElement.cloneNode(true);
    for (const one of copy.querySelectorAll("script, noscript, template, iframe, link, meta")) {
      one.remove();
    }
    return "<!doctype html>\n" + copy.outerHTML.slice(0, most);
  };

  return { survey, act, pressable, leave, follow, mask, masked, snapshot };
})()
