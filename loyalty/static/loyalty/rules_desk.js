"use strict";
// The desk where rules are written: recipes, builder and JSON text of one document. The text of the form's own field is
// the document; the doors read and write it, and the server says what it means and what is wrong. Without this script
// the field stays a plain one, and saving it says the same.
(() => {
  const { h, icon, button, labelled, select, input, fill, Conditions, Parts, TextPane } = window.rulesDesk;
  const WAIT = 500, TOGETHER = 900, STEPS_MAX = 200;

  class Desk {
    constructor(box) {
      this.box = box;
      this.mode = box.dataset.mode;
      this.cat = JSON.parse(document.getElementById(box.dataset.catalogue).textContent);
      this.w = this.cat.words;
      this.area = box.querySelector("textarea");
      this.form = this.area.form;
      this.past = []; this.future = []; this.open = new Set(); this.errors = []; this.sentences = {}; this.pending = null; this.asked = 0; this.told = "";
      this.saved = this.area.value;
      this.conditions = new Conditions(this);
      this.parts = new Parts(this, this.conditions);
      this.lists = new Map();
      this.read(this.area.value);
      this.lay();
      this.draw();
      this.ask();
      this.fetchSeen();
    }

    read(text) {
      this.text = text;
      try {
        const root = JSON.parse(text || "null");
        const fits = this.mode === "rules" ? Array.isArray(root) : root && typeof root === "object" && !Array.isArray(root);
        if (fits && !(this.mode === "document" && root.rules !== undefined && !Array.isArray(root.rules))) { this.root = root; this.isBroken = false; return; }
      } catch { /* told below, and by the server */ }
      this.isBroken = true;
    }

    rules() { return this.mode === "rules" ? this.root : (this.root.rules ||= []); }
    get at() { return this.mode === "rules" ? "" : "/rules"; }
    groups() { return Array.isArray(this.root?.groups) && this.mode === "document" ? this.root.groups.filter((one) => one && typeof one === "object") : this.cat.groups; }

    // The frame: a line of doors and steps, the doors, and beside them what the rules say.
    lay() {
      const doors = [...(this.mode === "audience" ? [] : [["recipes", "menu_book"]]), ["builder", "build"], ["json", "data_object"]].filter(([name]) => name !== "recipes" || this.box.querySelector("[data-recipes-list]"));
      const names = this.box.dataset;
      this.panes = {}; this.tabs = {};
      for (const [name, picture] of doors) {
        const id = `${this.area.id}-${name}`;
        this.tabs[name] = h("button", { type: "button", role: "tab", id: `${id}-tab`, "aria-controls": id, onclick: () => this.enter(name) }, icon(picture), names[name]);
        this.panes[name] = h("div", { role: "tabpanel", id, "aria-labelledby": `${id}-tab`, class: "desk-pane" });
      }
      const line = h("div", { role: "tablist", class: "tabs", "aria-label": names.doors, onkeydown: (event) => this.alongTabs(event) }, Object.values(this.tabs));
      this.undoButton = button(this.w.undo, "undo", () => this.undo());
      this.redoButton = button(this.w.redo, "redo", () => this.redo());
      this.status = h("p", { class: "desk-status", role: "status" });
      this.said = h("div", { class: "desk-said" });
      const recipes = this.box.querySelector("[data-recipes-list]");
      if (recipes) { this.panes.recipes.append(recipes); recipes.hidden = false; }
      const main = h("div", { class: "desk-main" }, Object.values(this.panes));
      this.box.append(h("div", { class: "desk-bar" }, line, h("div", { class: "desk-steps" }, this.undoButton, this.redoButton), this.status), h("div", { class: "desk-columns" }, main, h("aside", { class: "desk-aside", "aria-label": names.beside }, this.said)));
      const label = this.box.querySelector(`label[for="${this.area.id}"]`);
      this.panes.json.append(...(label ? [label] : []), this.area);
      this.pane = new TextPane(this.area, (text) => { this.read(text); this.keep("json"); this.after(); });
      this.box.classList.add("desk-live");
      this.enter(this.isBroken ? "json" : recipes && this.mode === "document" && !this.rules().length ? "recipes" : "builder", false);
      document.addEventListener("keydown", (event) => this.keys(event));
      addEventListener("beforeunload", (event) => { if (this.isChanged() && !this.form.dataset.sent) { event.preventDefault(); event.returnValue = this.w.leave; } });
      this.past.push({ text: this.text, at: 0, place: "" });
      this.undoButton.disabled = this.redoButton.disabled = true;
    }

    isChanged() { return this.area.value !== this.saved; }

    enter(name, isFocused = true) {
      this.door = name;
      for (const [one, tab] of Object.entries(this.tabs)) {
        tab.setAttribute("aria-selected", String(one === name));
        tab.tabIndex = one === name ? 0 : -1;
        this.panes[one].hidden = one !== name;
      }
      if (isFocused) this.tabs[name].focus();
      if (name === "json") { this.pane.show(this.text); this.pane.mark(this.errors); }
      if (name === "builder") this.draw();
    }

    alongTabs(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const names = Object.keys(this.tabs);
      this.enter(names[(names.indexOf(this.door) + step + names.length) % names.length]);
    }

    keys(event) {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || !this.box.contains(document.activeElement) || document.activeElement === this.area) return;
      const key = event.key.toLowerCase();
      if (key === "z" && !event.shiftKey) { event.preventDefault(); this.undo(); }
      if (key === "y" || (key === "z" && event.shiftKey)) { event.preventDefault(); this.redo(); }
    }

    // Something in the document was changed by a control. `shape`: the controls themselves have to be drawn anew.
    changed({ shape = false, focus = "", said = "" } = {}) {
      this.text = JSON.stringify(this.root, null, 2);
      this.area.value = this.text;
      this.keep(shape ? "" : document.activeElement?.dataset?.at || "");
      if (shape) this.draw(focus);
      this.after(said);
    }

    // Keeps a step to go back to; what is typed in one go in one place is one step.
    keep(place) {
      const last = this.past.at(-1), now = Date.now();
      if (last?.text === this.text) return;
      if (place && last?.place === place && now - last.at < TOGETHER && this.past.length > 1) Object.assign(last, { text: this.text, at: now });
      else this.past.push({ text: this.text, at: now, place });
      if (this.past.length > STEPS_MAX) this.past.shift();
      this.future = [];
    }

    undo() { if (this.past.length > 1) { this.future.push(this.past.pop()); this.restore(this.w.undone); } }
    redo() { if (this.future.length) { this.past.push(this.future.pop()); this.restore(this.w.redone); } }

    restore(said) {
      const focused = document.activeElement?.dataset?.at || "";
      const isOpen = this.mode === "audience" || this.isBroken ? [] : this.rules().map((rule) => this.open.has(rule));
      this.read(this.past.at(-1).text);
      if (this.mode !== "audience" && !this.isBroken) for (const [index, rule] of this.rules().entries()) if (isOpen[index]) this.open.add(rule);
      this.pane.show(this.text);
      this.area.value = this.text;
      this.draw(focused);
      this.after(said);
    }

    after(said = "") {
      this.undoButton.disabled = this.past.length < 2;
      this.redoButton.disabled = !this.future.length;
      this.say(said || this.w.checking);
      clearTimeout(this.pending);
      this.pending = setTimeout(() => this.ask(), WAIT);
    }

    say(told) {
      const unsaved = this.isChanged() ? ` ${this.w.unsaved}` : "";
      const text = `${told}${unsaved}`;
      if (this.status.textContent !== text) this.status.textContent = text;
    }

    // Asks the server what the document says and what is wrong with it. An older answer that comes late is let go.
    async ask() {
      const turn = (this.asked += 1), text = this.area.value;
      const body = new FormData();
      body.append("mode", this.mode);
      body.append("text", text);
      body.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
      try {
        const answer = await fetch(this.box.dataset.judge, { method: "POST", body, headers: { Accept: "application/json" } });
        if (answer.status === 429) { this.pending = setTimeout(() => this.ask(), 5000); return; }
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        const judged = await answer.json();
        if (turn !== this.asked) return;
        this.errors = judged.errors; this.sentences = judged.sentences;
        this.pane.mark(this.errors);
        this.say(judged.told);
      } catch { if (turn === this.asked) this.say(this.w.offline); return; }
      this.tell();
      this.markFields();
    }

    // Beside the doors: the mistakes, each a way to its place, and every rule as a sentence.
    tell() {
      const mistakes = this.errors.map((one) => h("li", null, h("button", { type: "button", class: "desk-mistake", onclick: () => this.goTo(one) },
        h("b", null, one.line ? fill(this.w.line, one.line) : one.pointer), " ", one.detail, one.hint ? h("i", null, ` ${one.hint}`) : null)));
      const parts = [mistakes.length ? h("ul", { class: "desk-mistakes" }, mistakes) : null];
      if (this.mode === "audience") parts.push(h("p", null, this.sentences[0] || ""));
      else if (!this.isBroken) {
        parts.push(h("ol", { class: "desk-sentences" }, this.rules().map((rule, index) => h("li", null,
          h("button", { type: "button", class: "desk-link", onclick: () => this.openRule(index) }, String(rule?.name || fill(this.w.rule, index + 1))),
          h("p", null, this.sentences[index] || this.w.no_sentence)))));
      }
      this.said.replaceChildren(...parts.filter(Boolean));
      for (const [index, told] of this.box.querySelectorAll("[data-sentence]").entries()) told.textContent = this.sentences[told.dataset.sentence] ?? (index >= 0 ? this.w.no_sentence : "");
    }

    wrongIn(index) { const at = `${this.at}/${index}`; return this.errors.filter((one) => one.pointer === at || one.pointer.startsWith(`${at}/`)).length; }

    // Says at each control what is wrong with what it shows.
    markFields() {
      for (const one of this.box.querySelectorAll(".desk-wrong")) one.remove();
      for (const one of this.panes.builder.querySelectorAll("[aria-invalid]")) { one.removeAttribute("aria-invalid"); one.removeAttribute("aria-describedby"); }
      for (const badge of this.box.querySelectorAll("[data-wrong]")) {
        const count = this.wrongIn(Number(badge.dataset.wrong));
        badge.textContent = count ? fill(this.w.mistakes_here, count) : "";
        badge.hidden = !count;
      }
      if (this.isBroken) return;
      for (const [number, error] of this.errors.entries()) {
        const place = this.controlAt(error.pointer);
        if (!place) continue;
        const told = h("p", { class: "field-error desk-wrong", id: `${this.area.id}-wrong-${number}` }, error.detail, error.hint ? ` ${error.hint}` : "");
        if (/^(INPUT|SELECT|TEXTAREA)$/.test(place.tagName)) { place.setAttribute("aria-invalid", "true"); place.setAttribute("aria-describedby", told.id); }
        (place.closest(".desk-money") || place).insertAdjacentElement("afterend", told);
      }
    }

    controlAt(pointer) {
      for (let rest = pointer; rest; rest = rest.slice(0, rest.lastIndexOf("/"))) {
        const found = this.panes.builder.querySelector(`[data-at="${CSS.escape(rest)}"]`);
        if (found) return found;
      }
      return null;
    }

    goTo(error) {
      const index = Number(error.pointer.slice(this.at.length + 1).split("/")[0]);
      const isRule = this.mode !== "audience" && error.pointer.startsWith(`${this.at}/`) && !Number.isNaN(index);
      if (this.door === "json" || this.isBroken || (!isRule && this.mode !== "audience" && !error.pointer.startsWith("/groups"))) { this.enter("json", false); this.pane.go(error); return; }
      if (isRule) this.openRule(index);
      else this.enter("builder", false);
      const control = this.controlAt(error.pointer);
      control?.closest("details:not([open])")?.setAttribute("open", "");
      (control?.matches("input, select, textarea, button") ? control : control?.querySelector("input, select, textarea, button"))?.focus();
    }

    openRule(index) {
      this.enter("builder", false);
      const card = this.panes.builder.querySelector(`[data-rule="${index}"]`);
      if (!card) return;
      card.open = true;
      this.fillCard(card, index);
      const summary = card.querySelector("summary");
      summary.focus();
      summary.scrollIntoView({ block: "nearest" });
    }

    // The builder, drawn anew; where one was, one goes on.
    draw(focus = "") {
      const pane = this.panes.builder;
      if (pane.hidden) return;
      if (this.isBroken) { pane.replaceChildren(h("p", { class: "desk-note" }, this.w.broken)); return; }
      if (this.mode === "audience") {
        const holder = { tree: Object.keys(this.root).length ? this.root : undefined };
        const about = this.conditions.about("");
        const room = { changed: null };
        const changed = this.changed.bind(this);
        // The tree is the whole document here, so that the holder's part becomes the document again.
        const inner = Object.assign(Object.create(this), { changed: (what) => { this.root = holder.tree === undefined ? {} : holder.tree; changed(what); }, room });
        pane.replaceChildren(new Conditions(inner).root(holder, "tree", "", about, this.box.dataset.everybody));
      } else {
        const cards = this.rules().map((rule, index) => this.card(rule, index));
        const add = h("div", { class: "desk-adds" }, button(this.w.add_rule, "add", () => this.add()), this.tabs.recipes ? button(this.box.dataset.recipe, "menu_book", () => this.enter("recipes")) : null);
        pane.replaceChildren(...(cards.length ? [h("ol", { class: "desk-cards" }, cards)] : [h("p", { class: "desk-note" }, this.w.no_rules)]), add, ...this.settings());
      }
      this.markFields();
      const again = focus && pane.querySelector(`[data-at="${CSS.escape(focus)}"]`);
      if (again) (again.matches("input, select, textarea, button, summary") ? again : again.querySelector("input, select, textarea, button"))?.focus();
    }

    settings() {
      if (this.mode !== "document") return [];
      const settings = h("details", { class: "desk-card desk-kinds", "data-kinds": "" }, h("summary", null, h("b", null, this.w.groups)));
      settings.open = this.open.has("kinds");
      if (settings.open) settings.append(h("div", { class: "desk-body" }, this.parts.kinds(this.root)));
      settings.addEventListener("toggle", () => {
        if (settings.open === this.open.has("kinds")) return;
        if (settings.open) { this.open.add("kinds"); settings.append(h("div", { class: "desk-body" }, this.parts.kinds(this.root))); } else { this.open.delete("kinds"); settings.querySelector(".desk-body")?.remove(); }
      });
      return [settings];
    }

    card(rule, index) {
      const group = this.groups().find((one) => one.key === (rule?.group ?? "bonus"));
      const card = h("details", { class: "desk-card", "data-rule": index }, h("summary", { "data-at": `card-${index}` },
        h("span", { class: "desk-name" }, h("b", null, String(rule?.name || fill(this.w.rule, index + 1))), group ? h("span", { class: "desk-chip" }, this.parts.nameOf(group.key)) : null, h("span", { class: "desk-chip desk-bad", "data-wrong": index, hidden: true })),
        h("span", { class: "desk-told", "data-sentence": index }, this.sentences[index] || "")));
      card.open = this.open.has(rule);
      if (card.open) this.fillCard(card, index);
      card.addEventListener("toggle", () => { if (card.open) this.fillCard(card, index); else { this.open.delete(rule); card.querySelector(".desk-body")?.remove(); } });
      return h("li", null, card);
    }

    fillCard(card, index) {
      const rule = this.rules()[index], at = `${this.at}/${index}`, w = this.w;
      if (card.querySelector(".desk-body") || !rule || typeof rule !== "object") return;
      this.open.add(rule);
      const put = (name, isGone = (value) => value === "") => (value) => { if (isGone(value)) delete rule[name]; else rule[name] = value; this.changed(); };
      const name = input(rule.name, (text) => { rule.name = text; card.querySelector(".desk-name b").textContent = text; this.changed(); }, { at: `${at}/name` });
      const group = select(this.groups().map((one) => [one.key, this.parts.nameOf(one.key)]), rule.group ?? "bonus", (key) => { rule.group = key; this.changed({ shape: true, focus: `${at}/group` }); }, { at: `${at}/group`, unknown: w.unknown });
      const trigger = select(this.cat.triggers, rule.trigger, (one) => { rule.trigger = one; this.changed({ shape: true, focus: `${at}/trigger` }); }, { at: `${at}/trigger`, unknown: w.unknown });
      const part = (words, inside, isOpen = true) => h("details", { class: "desk-part", open: isOpen }, h("summary", null, words), inside);
      const stop = h("input", { type: "checkbox", checked: rule.stop === true, "data-at": `${at}/stop`, onchange: () => { if (stop.checked) rule.stop = true; else delete rule.stop; this.changed(); } });
      const campaigns = this.mode === "document" && Array.isArray(this.root.campaigns) ? this.root.campaigns.map((one) => [one.key, one.name || one.key]) : [];
      const tools = h("div", { class: "desk-adds" }, button(w.up, "arrow_upward", () => this.move(index, -1), { at: `${at}.up` }), button(w.down, "arrow_downward", () => this.move(index, 1), { at: `${at}.down` }), button(w.copy, "content_copy", () => this.copy(index)), button(w.delete, "delete", () => this.drop(index)));
      card.append(h("div", { class: "desk-body" }, tools,
        h("div", { class: "desk-row" }, labelled(w.name, name, { wide: true }), labelled(w.trigger, trigger), labelled(w.group, group)),
        part(w.if, this.conditions.root(rule, "conditions", `${at}/conditions`, this.conditions.about(rule.trigger))),
        part(w.then, this.parts.effects(rule, at)),
        part(w.most, this.parts.limits(rule, at)),
        part(w.when, this.parts.schedule(rule, at), Boolean(rule.schedule)),
        part(w.more, h("div", { class: "desk-row" },
          labelled(w.key, input(rule.key, (text) => { rule.key = text; this.changed(); }, { at: `${at}/key` })),
          labelled(w.priority, input(rule.priority, put("priority"), { at: `${at}/priority`, kind: "integer", placeholder: "0" })),
          labelled(w.on_return, select(this.cat.returns, rule.on_return ?? "proportional", put("on_return"), { at: `${at}/on_return`, unknown: w.unknown })),
          campaigns.length ? labelled(w.campaign, select([["", w.none], ...campaigns], rule.campaign ?? "", put("campaign"), { at: `${at}/campaign`, unknown: w.unknown })) : null,
          h("label", { class: "desk-check" }, stop, h("span", null, w.stop))), ["key", "priority", "on_return", "campaign"].some((one) => this.errors.some((error) => error.pointer === `${at}/${one}`)))));
      this.markFields();
      this.offerRecipe?.(index, tools);
    }

    unique(key) {
      const taken = new Set(this.rules().map((one) => one?.key));
      let found = key;
      for (let number = 2; taken.has(found); number += 1) found = `${key}-${number}`;
      return found;
    }

    add(rule = null, said = "") {
      const groups = this.groups(), bonus = groups.find((one) => one.key === "bonus") || groups.find((one) => one.stage !== "multiply");
      const made = rule || { key: "rule", name: this.w.new_rule, trigger: "order.paid", group: bonus?.key, effects: [{ type: "points.fixed", points: 10 }] };
      made.key = this.unique(String(made.key || "rule"));
      this.rules().push(made);
      this.open.add(made);
      this.enter("builder", false);
      this.changed({ shape: true, said });
      this.openRule(this.rules().length - 1);
    }

    move(index, step) {
      const list = this.rules();
      if (!list[index + step]) return;
      list.splice(index + step, 0, ...list.splice(index, 1));
      this.changed({ shape: true, focus: `${this.at}/${index + step}.${step < 0 ? "up" : "down"}`, said: this.w.moved });
    }

    copy(index) {
      const made = structuredClone(this.rules()[index]);
      made.key = this.unique(String(made.key || "rule"));
      made.name = fill(this.w.copy_of, made.name || "");
      this.rules().splice(index + 1, 0, made);
      this.changed({ shape: true, said: this.w.copied });
      this.openRule(index + 1);
    }

    drop(index) {
      this.open.delete(this.rules()[index]);
      this.rules().splice(index, 1);
      this.changed({ shape: true, focus: `card-${Math.min(index, this.rules().length - 1)}`, said: this.w.rule_gone });
      if (!this.rules().length) this.undoButton.focus();
    }

    // What purchases of the program had, for the fields to offer.
    async fetchSeen() {
      if (!this.box.dataset.seen) return;
      const answer = await fetch(this.box.dataset.seen, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer?.ok || answer.redirected) return;
      for (const [kind, values] of Object.entries(await answer.json())) this.box.append(h("datalist", { id: this.idOf(kind) }, values.map((value) => h("option", { value }))));
    }

    idOf(kind) { return `${this.area.id}-seen-${kind}`; }
    listOf(kind) { return kind && this.box.dataset.seen ? this.idOf(kind) : ""; }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-rules-desk]")) box.desk = new Desk(box);
  });
  window.rulesDesk.Desk = Desk;
})();
