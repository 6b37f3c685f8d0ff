// The editor's page: shows the state that Python tells, and asks for changes.
// All text goes in as text, never as HTML; the preview stands in a frame of its own.

const BUDGETS = {
  sections: "sections",
  panels: "panels",
  panels_per_section: "panels a section",
  lines_per_panel: "lines a panel",
  overview: "panels in the overview",
  open_panels: "panels that start open",
};

function make(name, attributes = {}, ...inside) {
  const one = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) one.addEventListener(key.slice(2), value);
    else if (value === true) one.setAttribute(key, "");
    else if (value !== false && value !== null) one.setAttribute(key, value);
  }
  one.append(...inside);
  return one;
}

// The characters that `wslayout.display.words.visible` writes out, too.
const UNSEEN = new RegExp(
  "[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u180e\\u200b\\u200e\\u200f" +
  "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\ufffe\\uffff\\ud800-\\udfff]", "gu");

function visible(name) {
  return name.replace(UNSEEN, (one) =>
    `<U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`);
}

const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function render({ model, el }) {
  const ask = (message) => model.send(message);
  const change = (method, given, named = {}) => ask({ do: "change", method, given, named });
  let tab = "preview";
  let focus = null;
  let dragged = null;
  let moved = null; // by keys: where it came to stand is told
  let confirmed = false;
  let editing = false; // a name is being typed
  let waiting = false; // what was told meanwhile is still to be shown

  // A frame knows the browser's theme, but not the notebook's.
  const themed = (page) => {
    const scheme = getComputedStyle(root).colorScheme;
    return /^(light|dark)$/.test(scheme)
      ? page.replace("<html", `<html data-jp-theme-light="${scheme === "light"}"`) : page;
  };

  const status = make("p", { class: "status", role: "status" });
  const figures = make("p", { class: "note" });
  const undo = make("button", { type: "button", onclick: () => ask({ do: "undo" }) }, "Undo");
  const search = make("input", {
    type: "search", "aria-label": "Find a metric", placeholder: "Find a metric …",
    oninput: () => find(),
  });
  const found = make("ul", { class: "metrics", "aria-label": "Metrics" });
  const total = make("p", { class: "note" });
  const board = make("div", {
    class: "board", role: "group", "aria-label": "Sections and panels",
    onfocusin: (event) => { focus = event.target.closest("[data-id]")?.dataset.id ?? null; },
  });
  const budgets = make("div", { class: "budgets" });
  const preset = make("select", {
    "aria-label": "Preset",
    onchange: () => wait("Laying out …", () => ask({ do: "plan", template: preset.value })),
  });
  const tabs = make("div", { class: "tabs", role: "tablist", "aria-label": "Result", onkeydown: turn });
  const content = make("div", { class: "content", role: "tabpanel" });

  const root = make("div", {
    class: "wslayout cell editor",
    "data-lm-suppress-shortcuts": "true",
    onkeydown: (event) => event.stopPropagation(),
  },
    make("header", {}, make("h1", {}, "Workspace layout"), figures, undo),
    status,
    make("div", { class: "three" },
      make("section", { class: "find", "aria-label": "Metrics" }, search, total, found),
      make("section", { "aria-label": "Layout" }, board,
        make("form", { class: "add", onsubmit: addSection },
          make("input", { name: "name", "aria-label": "Name of a new section", placeholder: "New section" }),
          make("button", {}, "Add")),
        make("p", { class: "note" },
          "Drag panels, or focus one: Alt with arrows moves it, F2 renames it, Delete takes it out.")),
      make("section", { class: "plan", "aria-label": "Budgets" },
        make("label", { class: "preset" }, "Preset", preset), budgets)),
    tabs, content);
  el.append(root);

  // Metrics

  let timer = null;
  let listed = null; // the text whose metrics are shown
  function find() {
    clearTimeout(timer);
    timer = setTimeout(() => ask({ do: "search", text: search.value }), 120);
  }

  function findAgain() {
    const boxes = listed === search.value ? [...found.querySelectorAll("[data-key]")] : [];
    ask({ do: "search", text: search.value, keep: boxes.map((one) => one.dataset.key) });
  }

  function showFound(text, metrics, all) {
    if (text !== search.value) return; // of another display, or of what was typed before
    listed = text;
    total.textContent = metrics.length < all
      ? `the first ${metrics.length} of ${count(all, "metric")}` : count(all, "metric");
    const ticked = active()?.dataset.key;
    found.replaceChildren(...metrics.map((one) => {
      const box = make("input", {
        type: "checkbox",
        "data-key": one.key,
        onchange: () => { focus = null; ask({ do: "tick", key: one.key, on: box.checked }); },
      });
      box.checked = one.shown;
      const section = visible(one.where);
      const where = one.shown ? section : section ? `stood for in ${section}` : "";
      return make("li", {}, make("label", {}, box, make("bdi", {}, visible(one.key))),
        make("span", { class: "kind" }, one.kind), make("bdi", { class: "why" }, where));
    }));
    if (ticked !== undefined) found.querySelector(`[data-key="${CSS.escape(ticked)}"]`)?.focus();
  }

  // Sections and panels

  function showBoard(sections) {
    const here = active();
    const free = here === null || here === document.body || board.contains(here);
    board.replaceChildren(...sections.map((section, place) => showSection(section, place, sections)));
    if (!focus || !free) return;
    const one = board.querySelector(`[data-id="${CSS.escape(focus)}"]`);
    // A section that was moved to the top can't be moved up any more.
    (one?.disabled ? one.closest("header").querySelector(".fold") : one)?.focus();
  }

  // Where the focus is now; a widget may stand in a shadow tree.
  function active() { return root.getRootNode().activeElement ?? null; }

  // What has the focus once a panel or a whole section is gone.
  function nextTo(sections, place, at = -1) {
    const own = at < 0 ? [] : sections[place].panels;
    const others = [...sections.slice(place + 1), ...sections.slice(0, place).reverse()];
    const near = own[at + 1] ?? own[at - 1] ?? others.find((one) => one.panels.length)?.panels[0];
    focus = near ? near.id : null;
    if (!near) search.focus();
  }

  function showSection(section, place, sections) {
    const name = visible(section.name);
    const shift = (at) => change("move_section", [section.id], { at });
    const list = make("ol", {
      class: "panels", role: "listbox", "aria-label": `Panels of ${name}`,
    },
      ...section.panels.map((panel, at) => showPanel(panel, at, place, sections)));
    const one = make("section", {
      class: "part", "aria-label": name,
      ondragover: (event) => { if (dragged) { event.preventDefault(); mark(list, event.clientY); } },
      ondragleave: () => unmark(),
      ondrop: (event) => { event.preventDefault(); drop(section, list, event.clientY); },
    },
      make("header", {},
        make("button", {
          type: "button", class: "fold", "data-id": `fold-${section.id}`,
          "aria-pressed": String(section.open), "aria-label": `${name} starts open`,
          title: section.open ? "starts open" : "starts closed",
          onclick: () => change("open_section", [section.id], { is_open: !section.open }),
        }, section.open ? "▾" : "▸"),
        nameOf(section),
        make("span", { class: "count" }, String(section.panels.length)),
        make("span", { class: "tools" },
          button("↑", `Move ${name} up`, place > 0, () => shift(place - 1), `up-${section.id}`),
          button("↓", `Move ${name} down`, place < sections.length - 1, () => shift(place + 1),
            `down-${section.id}`),
          button("✕", `Take out ${name}`, true, () => {
            nextTo(sections, place);
            change("remove_section", [section.id]);
          }))),
      list);
    return one;
  }

  function showPanel(panel, at, place, sections) {
    const title = visible(panel.title);
    const keys = panel.keys.map(visible).join(", ") + (panel.more > 0 ? ` and ${panel.more} more` : "");
    const item = make("li", {
      role: "option", "aria-selected": "false",
      "aria-keyshortcuts": "Alt+ArrowUp Alt+ArrowDown Alt+ArrowLeft Alt+ArrowRight F2 Delete",
      // One stop a section for the Tab key; arrows go on from there.
      tabindex: at === 0 ? "0" : "-1", draggable: "true", "data-id": panel.id, title: keys,
      "aria-label": `${title}, ${panel.kind}, in ${visible(sections[place].name)}`,
      onfocus: () => {
        for (const one of item.parentNode.children) one.tabIndex = one === item ? 0 : -1;
        item.setAttribute("aria-selected", "true");
      },
      onblur: () => item.setAttribute("aria-selected", "false"),
      ondragstart: (event) => {
        dragged = panel.id;
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", panel.title);
      },
      ondragend: () => { dragged = null; unmark(); },
      onkeydown: (event) => press(event, panel, at, place, sections, item),
    },
      make("bdi", { class: "title" }, title), make("span", { class: "kind" }, panel.kind));
    return item;
  }

  function press(event, panel, at, place, sections, item) {
    if (event.target !== item) return;
    if (editing) { event.preventDefault(); return; } // the field has not the focus yet
    const other = { ArrowLeft: place - 1, ArrowRight: place + 1 }[event.key];
    const next = { ArrowUp: at - 1, ArrowDown: at + 1 }[event.key];
    if (event.altKey && other !== undefined && sections[other]) {
      moved = panel.id;
      change("move", [panel.id], { to: sections[other].id });
    } else if (event.altKey && next !== undefined && sections[place].panels[next]) {
      moved = panel.id;
      change("move", [panel.id], { at: next });
    } else if (event.key === "Delete") {
      nextTo(sections, place, at);
      change("remove", [panel.id]);
    } else if (event.key === "F2" || event.key === "Enter") {
      edit(item, panel.title, (title) => change("rename", [panel.id, title]));
    } else if (!event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const all = [...board.querySelectorAll("li[data-id]")];
      all[all.indexOf(item) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    } else if (!(event.altKey && event.key.startsWith("Arrow"))) return; // Alt with one is Back
    event.preventDefault();
  }

  function placeIn(list, y) {
    const items = [...list.children].filter((one) => one.dataset.id !== dragged);
    const at = items.findIndex((one) => {
      const box = one.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });
    return [items, at < 0 ? items.length : at];
  }

  function mark(list, y) {
    unmark();
    const [items, at] = placeIn(list, y);
    if (items[at]) items[at].classList.add("before");
    else list.classList.add("after");
  }

  function unmark() {
    board.querySelectorAll(".before, .after").forEach((one) => one.classList.remove("before", "after"));
  }

  function drop(section, list, y) {
    const [, at] = placeIn(list, y);
    if (dragged) {
      focus = dragged;
      change("move", [dragged], { to: section.id, at });
    }
    dragged = null;
    unmark();
  }

  // Small parts

  function button(text, label, enabled, act, id = null) {
    return make("button", {
      type: "button", "aria-label": label, title: label, disabled: !enabled, onclick: act,
      "data-id": id,
    }, text);
  }

  function nameOf(section) {
    const one = make("button", {
      type: "button", class: "name", title: "Rename the section", "data-id": `name-${section.id}`,
      onclick: () => edit(one, section.name, (typed) =>
        change("rename_section", [section.id, typed])),
    }, make("bdi", {}, visible(section.name)));
    return one;
  }

  function edit(place, text, done) {
    // In the place of what it renames: a button with a field in it would take the field's spaces.
    const input = make("input", { "aria-label": "New name", value: text });
    const inside = place.tagName === "LI";
    const old = [...place.childNodes];
    let over = false;
    const end = (keepIt) => {
      if (over) return;
      over = true;
      editing = false;
      if (inside) place.replaceChildren(...old);
      else { input.remove(); place.hidden = false; }
      place.focus();
      if (keepIt && input.value.trim() && input.value !== text) done(input.value);
      else if (waiting) told();
    };
    editing = true;
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault(); // which would press the button that has the focus then
      end(event.key === "Enter");
    });
    input.addEventListener("click", (event) => event.stopPropagation());
    if (inside) place.replaceChildren(input);
    else { place.after(input); place.hidden = true; }
    const take = () => { input.focus(); input.select(); };
    take();
    // Once more, since a notebook takes the focus for itself once a click is over.
    setTimeout(() => {
      if (over) return;
      if (active() !== input) take();
      input.addEventListener("blur", () => end(true));
    }, 50);
  }

  function addSection(event) {
    event.preventDefault();
    const input = event.target.elements.name;
    if (input.value.trim()) change("add_section", [input.value.trim()]);
    input.value = "";
  }

  function wait(text, act) { say(text); act(); }

  function say(text, kind = "") {
    status.textContent = text;
    status.className = `status ${kind}`;
  }

  // Budgets

  // What was moved here and is not in what Python told; until then a slider stays where it is.
  const unsent = new Map();
  const unanswered = new Map();
  let soon = null;

  function planSoon(name, value) {
    unsent.set(name, value);
    clearTimeout(soon);
    soon = setTimeout(plan, 200);
  }

  function plan() {
    for (const one of model.get("state").budgets) {
      // Python tells nothing where nothing changes.
      if (unsent.get(one.name) === one.value && !unanswered.has(one.name)) unsent.delete(one.name);
    }
    const given = [...unsent];
    unsent.clear();
    if (!given.length) return;
    for (const [name, value] of given) unanswered.set(name, value);
    wait("Laying out …", () => ask({ do: "plan", ...Object.fromEntries(given) }));
  }

  function showBudgets(all) {
    for (const one of all) {
      const slider = budgets.querySelector(`[data-id="budget-${one.name}"]`);
      if (!slider) break;
      if (unanswered.get(one.name) === one.value) unanswered.delete(one.name);
      if (unsent.has(one.name) || unanswered.has(one.name)) continue;
      slider.value = one.value;
      slider.previousElementSibling.textContent = String(one.value);
    }
    if (budgets.children.length === all.length) return;
    budgets.replaceChildren(...all.map((one) => {
      const number = make("span", { class: "value", "aria-hidden": "true" }, String(one.value)); // a slider tells its own
      const slider = make("input", {
        type: "range", min: one.least, max: Math.max(one.most, one.value), value: one.value,
        "aria-label": BUDGETS[one.name], "data-id": `budget-${one.name}`,
        oninput: () => { number.textContent = slider.value; },
        onchange: () => { focus = null; planSoon(one.name, Number(slider.value)); },
      });
      return make("label", {}, make("span", {}, BUDGETS[one.name]), number, slider);
    }));
  }

  // What stands below

  const VIEWS = { preview: "Preview", code: "Code", save: "Save" };

  function showTabs() {
    if (!tabs.children.length) {
      tabs.append(...Object.entries(VIEWS).map(([name, label]) => make("button", {
        type: "button", role: "tab", "data-tab": name, onclick: () => open(name),
      }, label)));
    }
    for (const one of tabs.children) {
      const selected = one.dataset.tab === tab;
      one.setAttribute("aria-selected", String(selected));
      one.tabIndex = selected ? 0 : -1;
    }
    content.setAttribute("aria-label", VIEWS[tab]);
  }

  function open(name) {
    tab = name;
    showTabs();
    showContent();
  }

  function turn(event) {
    const names = Object.keys(VIEWS);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    open(names[(names.indexOf(tab) + by + names.length) % names.length]);
    tabs.querySelector('[aria-selected="true"]').focus();
  }

  function showContent() {
    const state = model.get("state");
    if (tab === "code") {
      content.replaceChildren(make("pre", { tabindex: "0" }, make("code", {}, state.code)),
        button("Copy", "Copy the code", true, () => navigator.clipboard?.writeText(state.code)));
    } else if (tab === "preview") {
      ask({ do: "preview" });
      if (!content.querySelector("iframe")) {
        content.replaceChildren(make("p", { class: "note" }, "Reading values …"));
      }
    } else content.replaceChildren(saving(state));
  }

  function saving(state) {
    confirmed = false;
    const project = make("input", {
      name: "to", value: state.project, placeholder: "team/project", required: !state.project,
    });
    const name = make("input", { name: "view", value: state.name });
    const save = make("button", { type: "submit" }, "Compare with the saved view");
    const answer = make("div", { class: "answer" });
    const path = make("input", { name: "path", value: "workspace.yaml" });
    const general = make("input", { type: "checkbox", checked: true });
    return make("div", { class: "saving" },
      make("form", {
        oninput: () => { confirmed = false; save.textContent = "Compare with the saved view"; },
        onsubmit: (event) => {
          event.preventDefault();
          const given = { to: project.value.trim(), name: name.value.trim() };
          if (confirmed) wait("Saving …", () => ask({ do: "save", ...given }));
          else wait("Comparing …", () => ask({ do: "compare", ...given }));
        },
      },
        make("label", {}, "Project", project), make("label", {}, "View", name), save),
      answer,
      make("form", {
        onsubmit: (event) => {
          event.preventDefault();
          ask({ do: "template", path: path.value, general: general.checked });
        },
      },
        make("label", {}, "Template", path),
        make("label", {}, general, "also for metrics that are yet to come"),
        make("button", { type: "submit" }, "Save as template")));
  }

  function unconfirm() {
    confirmed = false;
    content.querySelector(".answer")?.replaceChildren();
    const save = content.querySelector(".saving button");
    if (save) save.textContent = "Compare with the saved view";
  }

  // What Python tells

  function told() {
    waiting = editing;
    if (editing) return;
    const state = model.get("state");
    const panels = state.sections.reduce((sum, one) => sum + one.panels.length, 0);
    const cost = state.cost === null ? "" :
      ` · ${state.cost} headings and panels passed to find a key` +
      (state.automatic === null ? "" : `, ${state.automatic} in automatic mode`);
    figures.textContent =
      `${count(state.keys, "metric")} · ${count(panels, "panel")} in ${count(state.sections.length, "section")}${cost}`;
    undo.disabled = !state.undo;
    preset.replaceChildren(...state.templates.map((name) => make("option", { value: name }, name)));
    if (!state.templates.includes(state.template)) {
      preset.append(make("option", { value: state.template }, state.template));
    }
    preset.value = state.template;
    const said = [];
    if (state.forgot) said.push("Laid out anew from the keys, without what was changed before " +
      "the editor was opened (Undo brings it back).");
    const lost = state.lost.map(visible);
    if (lost.length) said.push(`Could not be changed again: ${lost.join(", ")}`);
    const place = whereIs(moved, state.sections);
    moved = null;
    say(said.join(" ") || place, said.length ? "error" : "");
    showBoard(state.sections);
    showBudgets(state.budgets);
    if (tab !== "save") showContent();
    else unconfirm(); // what was compared is no longer what would be saved
    findAgain();
  }

  function whereIs(id, sections) {
    for (const section of sections) {
      const at = section.panels.findIndex((one) => one.id === id);
      if (at >= 0) {
        const title = visible(section.panels[at].title);
        return `${title}: ${at + 1} of ${section.panels.length} in ${visible(section.name)}.`;
      }
    }
    return "";
  }

  function showPreview(page, unread) {
    const frame = content.querySelector("iframe") ??
      make("iframe", { title: "Preview", sandbox: "" });
    const note = content.querySelector(".unread") ??
      make("p", { class: "note unread", "aria-live": "polite" });
    note.replaceChildren(...(unread ? unreadNote(unread, note) : []));
    frame.srcdoc = themed(page);
    // A frame that is taken out and put back loads its page twice.
    if (!frame.isConnected) content.replaceChildren(note, frame);
  }

  function unreadNote(unread, note) {
    const read = () => {
      tabs.querySelector('[aria-selected="true"]').focus(); // the button goes
      note.replaceChildren("Reading values …");
      ask({ do: "preview", fresh: true });
    };
    return [`${count(unread, "metric")} without values yet `,
      make("button", { type: "button", onclick: read }, "Read their values")];
  }

  function refused(message, answer) {
    const text = `${message.error}.${message.hint ? ` ${message.hint}` : ""}`;
    say(text, "error");
    if (["compare", "save"].includes(message.asked)) {
      // The line above may be out of sight.
      answer?.replaceChildren(make("p", { class: "status error" }, text));
    }
    if (message.asked === "plan") {
      unanswered.clear();
      showBudgets(model.get("state").budgets);
    }
    findAgain(); // a tick that was refused goes back
  }

  function answered(message) {
    const answer = content.querySelector(".answer");
    if (message.found) showFound(message.text, message.found, message.total);
    if (message.error) refused(message, answer);
    if (message.page && tab === "preview") showPreview(message.page, message.unread);
    if (message.difference && answer) {
      const frame = make("iframe", { title: "What would change", sandbox: "", class: "small" });
      frame.srcdoc = themed(`<!doctype html><html><body>${message.difference}`);
      answer.replaceChildren(frame);
      confirmed = message.action !== "keep";
      const now = message.again ? "The saved view was changed since. " : "";
      say(now + (message.action === "keep"
        ? "The saved view is as it should be." : "This is what saving changes."), message.again ? "error" : "");
      if (confirmed) content.querySelector(".saving button").textContent =
        message.action === "create" ? "Save a new view" : "Save these changes";
    }
    if (message.saved) {
      confirmed = false;
      say(`${visible(message.name)}: ${message.saved}.`, "well");
      answer?.replaceChildren(make("a", { href: message.url, target: "_blank", rel: "noopener" }, message.url));
      const save = content.querySelector(".saving button");
      if (save) save.textContent = "Compare with the saved view";
    }
    if (message.written) say(`Wrote the template to ${message.written}.`, "well");
  }

  const themes = new MutationObserver(() => {
    if (tab === "preview") ask({ do: "preview" });
  });
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  model.on("change:state", told);
  model.on("msg:custom", answered);
  showTabs();
  told();
  return () => {
    themes.disconnect();
    model.off("change:state", told);
    model.off("msg:custom", answered);
  };
}

export default { render };
