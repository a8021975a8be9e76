"use strict";
// The controls of the builder: each shows one part of a rule and writes into it. Which facts, comparisons and effects
// there are comes from the server's catalogue; nothing here knows what is right.
window.rulesDesk = window.rulesDesk || {};
(() => {
  // An element: h("p", { class: "x", onclick: f }, "text", child).
  function h(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name === "value" || name === "checked") made[name] = value;
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return made;
  }
  const icon = (name) => h("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, name);
  const unseen = (text) => h("span", { class: "unseen" }, text);
  let number = 0;
  const fresh = () => `desk-${(number += 1)}`;

  // A button with a picture and words; `small`: the words are for those who hear the page, and for the pointer's tip.
  function button(words, picture, onclick, { small = false, at = "" } = {}) {
    const inside = small ? unseen(words) : words;
    return h("button", { type: "button", class: small ? "icon-button desk-small" : "button desk-button", onclick, title: small ? words : null, "data-at": at || null }, icon(picture), inside);
  }

  function labelled(words, control, { hint = "", wide = false } = {}) {
    control.id ||= fresh();
    return h("div", { class: wide ? "desk-field desk-wide" : "desk-field" }, h("label", { for: control.id }, words), control, hint ? h("small", null, hint) : null);
  }

  function select(options, value, onchange, { at = "", unknown = "%s" } = {}) {
    const made = h("select", { class: "text-field", "data-at": at, onchange: () => onchange(made.value) });
    const rooms = new Map();
    let isKnown = false;
    for (const [key, words, room] of options) {
      const option = h("option", { value: key }, words);
      if (key === value) isKnown = true;
      if (!room) { made.append(option); continue; }
      if (!rooms.has(room)) { rooms.set(room, h("optgroup", { label: room })); made.append(rooms.get(room)); }
      rooms.get(room).append(option);
    }
    if (!isKnown && value !== undefined) made.append(h("option", { value }, unknown.replace("%s", value)));
    made.value = value === undefined ? "" : value;
    return made;
  }

  const isWhole = (text) => /^-?[0-9]{1,15}$/.test(text);
  const wholeOr = (text) => (isWhole(text.trim()) ? Number(text.trim()) : text);

  // A text field. What is to be a whole number and is none is kept as it was typed, so that the server can say so.
  function input(value, oninput, { at = "", kind = "text", list = "", suffix = "", placeholder = "" } = {}) {
    const mode = { integer: "numeric", money: "decimal", factor: "decimal" }[kind] || null;
    const type = ["time", "datetime-local", "date"].includes(kind) ? kind : "text";
    const made = h("input", {
      type, class: "text-field", value: value === undefined || value === null ? "" : String(value), inputmode: mode, list: list || null,
      autocomplete: "off", spellcheck: "false", placeholder: placeholder || null, "data-at": at,
      oninput: () => oninput(kind === "integer" ? wholeOr(made.value) : made.value),
    });
    if (!suffix) return made;
    return made;
  }

  function checks(options, chosen, onchange, { at = "" } = {}) {
    return h("div", { class: "desk-checks", "data-at": at }, options.map(([key, words]) => {
      const box = h("input", { type: "checkbox", checked: chosen.includes(key), onchange: () => onchange(options.map(([one]) => one).filter((one) => (one === key ? box.checked : chosen.includes(one)))) });
      return h("label", null, box, h("span", null, words));
    }));
  }

  const fill = (text, value) => text.replace("%s", value);

  // The trees of conditions. `of` says about what: of.facts, of.prefix (names made by people), of.isLine.
  class Conditions {
    constructor(desk) { this.desk = desk; this.cat = desk.cat; this.w = desk.cat.words; }

    about(trigger) {
      const facts = this.cat.facts.filter((one) => !one.triggers.length || one.triggers.includes(trigger));
      return { facts, prefix: this.cat.attributes, prefixWords: this.w.attribute, isLine: false };
    }

    aboutLine() {
      return { facts: this.cat.line_facts, prefix: this.cat.labels, prefixWords: this.w.label, isLine: true };
    }

    // What stands in holder[key], or a way to begin.
    root(holder, key, at, of, empty) {
      const ref = { get: () => holder[key], set: (value) => { if (value === undefined) delete holder[key]; else holder[key] = value; } };
      const tree = holder[key];
      const isBlank = tree === undefined || tree === null || (tree.all && tree.all.length === 0 && Object.keys(tree).length === 1);
      if (isBlank) {
        return h("div", { class: "desk-tree" }, h("p", { class: "desk-soft" }, empty || this.w.always),
          button(this.w.add_condition, "add", () => { ref.set({ all: [this.blank(of)] }); this.desk.changed({ shape: true, focus: `${at}/all/0/fact` }); }, { at: `${at}+` }));
      }
      return h("div", { class: "desk-tree" }, this.node(ref, at, 1, of, () => { ref.set(undefined); this.desk.changed({ shape: true, focus: `${at}+` }); }));
    }

    blank(of) {
      const fact = of.facts.find((one) => one.kind === "money") || of.facts[0];
      return { fact: fact.name, ...this.defaults(fact) };
    }

    defaults(fact) {
      const operator = ["money", "integer", "quantity"].includes(fact.kind) ? "greaterThanInclusive" : this.cat.operators[fact.kind][0];
      const known = this.cat.choices[fact.choices] || [];
      const value = { money: "10.00", integer: 1, quantity: 1, boolean: true }[fact.kind];
      return { operator, value: value === undefined ? (known[0] ? known[0][0] : "") : value };
    }

    node(ref, at, level, of, remove) {
      const value = ref.get();
      const isNot = value && typeof value === "object" && "not" in value;
      const inner = isNot ? { get: () => value.not, set: (one) => { value.not = one; } } : ref;
      const innerAt = isNot ? `${at}/not` : at;
      const box = h("input", { type: "checkbox", checked: isNot, "data-at": `${at}!`, onchange: () => { ref.set(box.checked ? { not: ref.get() } : ref.get().not); this.desk.changed({ shape: true, focus: `${at}!` }); } });
      const not = h("label", { class: "desk-not" }, box, h("span", null, this.w.not));
      const inside = isNot && value.not && typeof value.not === "object" && "not" in value.not
        ? this.node(inner, innerAt, level + 1, of, remove) : this.content(inner, innerAt, isNot ? level + 1 : level, of);
      return h("div", { class: "desk-node", "data-at": at, role: "group", "aria-label": this.w.condition }, not, inside, button(this.w.remove, "close", remove, { small: true, at: `${at}-` }));
    }

    content(ref, at, level, of) {
      const value = ref.get();
      const word = value && typeof value === "object" ? ["all", "any"].find((one) => Array.isArray(value[one])) : null;
      return word ? this.group(ref, at, level, of, word) : this.leaf(ref, at, of);
    }

    group(ref, at, level, of, word) {
      const list = ref.get()[word];
      const kind = select([["all", this.w.all], ["any", this.w.any]], word, (chosen) => { ref.set({ [chosen]: list }); this.desk.changed({ shape: true, focus: `${at}?` }); }, { at: `${at}?` });
      kind.setAttribute("aria-label", this.w.conditions);
      const rows = list.map((_, index) => h("li", null, this.node(
        { get: () => list[index], set: (one) => { list[index] = one; } }, `${at}/${word}/${index}`, level + 1, of,
        () => { list.splice(index, 1); this.desk.changed({ shape: true, focus: `${at}+` }); },
      )));
      const add = (one) => () => { list.push(one()); this.desk.changed({ shape: true, focus: `${at}/${word}/${list.length - 1}${level < this.cat.depth ? "/fact" : ""}` }); };
      const canHold = level < this.cat.depth, canGroup = level < this.cat.depth - 1;
      return h("div", { class: "desk-group" }, kind, h("ul", null, rows), h("div", { class: "desk-adds" },
        canHold ? button(this.w.add_condition, "add", add(() => this.blank(of)), { at: `${at}+` }) : h("small", null, this.w.too_deep),
        canGroup ? button(this.w.add_group, "account_tree", () => { list.push({ [word === "all" ? "any" : "all"]: [this.blank(of)] }); this.desk.changed({ shape: true, focus: `${at}/${word}/${list.length - 1}?` }); }) : null));
    }

    factOf(name, of) {
      const known = of.facts.find((one) => one.name === name);
      if (known) return known;
      if (typeof name === "string" && name.startsWith(of.prefix)) return { name, kind: "text", choices: of.isLine ? "labels" : "", isNamed: true };
      return { name, kind: "unknown", choices: "" };
    }

    leaf(ref, at, of) {
      const leaf = ref.get() && typeof ref.get() === "object" ? ref.get() : {};
      const fact = this.factOf(leaf.fact, of);
      const options = [...of.facts.map((one) => [one.name, one.label, one.room]), [of.prefix, of.prefixWords, of.facts.at(-1)?.room]];
      const chooser = select(options, fact.isNamed ? of.prefix : leaf.fact, (name) => {
        const next = name === of.prefix ? { name, kind: "text", choices: "" } : this.factOf(name, of);
        const made = { fact: name, ...this.defaults(next) };
        if (this.cat.operators[next.kind]?.includes(leaf.operator) && next.kind === fact.kind) Object.assign(made, { operator: leaf.operator, value: leaf.value });
        if (leaf.params && name.startsWith("lines.")) made.params = leaf.params;
        ref.set(made);
        this.desk.changed({ shape: true, focus: name === of.prefix ? `${at}/fact.name` : `${at}/fact` });
      }, { at: `${at}/fact`, unknown: this.w.unknown });
      chooser.setAttribute("aria-label", this.w.fact);
      const parts = [chooser];
      if (fact.isNamed) {
        const named = input(leaf.fact.slice(of.prefix.length), (text) => { leaf.fact = of.prefix + text; this.desk.changed(); }, { at: `${at}/fact.name` });
        named.setAttribute("aria-label", this.w.attribute_name);
        parts.push(named);
      }
      if (!of.isLine && String(leaf.fact).startsWith("lines.")) parts.push(this.lines(leaf, `${at}/params/where`));
      parts.push(this.operator(ref, leaf, fact, at), this.value(leaf, fact, at));
      return h("div", { class: "desk-leaf" }, parts);
    }

    operator(ref, leaf, fact, at) {
      const names = this.cat.operators[fact.kind] || Object.keys(this.cat.operator_words);
      const made = select(names.map((one) => [one, this.cat.operator_words[one]]), leaf.operator, (chosen) => {
        const isList = ["in", "notIn"].includes(chosen);
        if (isList && !Array.isArray(leaf.value)) leaf.value = leaf.value === "" ? [] : [leaf.value];
        if (!isList && Array.isArray(leaf.value)) leaf.value = leaf.value.length ? leaf.value[0] : "";
        leaf.operator = chosen;
        this.desk.changed({ shape: true, focus: `${at}/operator` });
      }, { at: `${at}/operator`, unknown: this.w.unknown });
      made.setAttribute("aria-label", this.w.operator);
      return made;
    }

    value(leaf, fact, at) {
      const known = this.cat.choices[fact.choices];
      const put = (value, shape) => { leaf.value = value; this.desk.changed(shape ? { shape, focus: `${at}/value` } : undefined); };
      let made;
      if (Array.isArray(leaf.value) && known) {
        const extra = leaf.value.filter((one) => !known.some(([key]) => key === one)).map((one) => [one, fill(this.w.unknown, one)]);
        return checks([...known, ...extra], leaf.value, (chosen) => put(chosen, true), { at: `${at}/value` });
      }
      if (Array.isArray(leaf.value)) {
        const lines = (text) => text.split("\n").map((one) => one.trim()).filter(Boolean).map((one) => (["integer", "quantity"].includes(fact.kind) ? wholeOr(one) : one));
        made = h("textarea", { class: "text-field", rows: Math.min(6, leaf.value.length + 1), "data-at": `${at}/value`, oninput: () => put(lines(made.value)) });
        made.value = leaf.value.join("\n");
        made.setAttribute("aria-label", this.w.values);
        return made;
      }
      if (fact.kind === "boolean") made = select([["true", this.w.yes], ["false", this.w.no]], String(leaf.value), (one) => put(one === "true"), { at: `${at}/value` });
      else if (known) made = select(known, leaf.value, (one) => put(one), { at: `${at}/value`, unknown: this.w.unknown });
      else made = input(leaf.value, (one) => put(one), { at: `${at}/value`, kind: ["integer", "quantity"].includes(fact.kind) ? "integer" : fact.kind === "money" ? "money" : "text", list: this.desk.listOf(fact.choices) });
      made.setAttribute("aria-label", fact.kind === "money" ? `${this.w.value} (${this.cat.currency})` : this.w.value);
      return fact.kind === "money" ? h("span", { class: "desk-money" }, made, h("span", { "aria-hidden": "true" }, this.cat.currency)) : made;
    }

    // Only some lines: a tree of its own below params.where, or below `where`.
    lines(holder, at) {
      const where = holder.params?.where;
      const of = this.aboutLine();
      if (where === undefined) {
        return button(this.w.only_lines, "filter_alt", () => { holder.params = { where: { all: [this.blankLine(of)] } }; this.desk.changed({ shape: true, focus: `${at}/all/0/fact` }); }, { at: `${at}+` });
      }
      const remove = () => { delete holder.params; this.desk.changed({ shape: true, focus: `${at}+` }); };
      return h("div", { class: "desk-where" }, h("p", { class: "desk-soft" }, this.w.lines_where), this.root(holder.params, "where", at, of),
        button(this.w.all_lines, "filter_alt_off", remove));
    }

    blankLine(of) {
      const fact = of.facts.find((one) => one.name === "line.category") || of.facts[0];
      return { fact: fact.name, ...this.defaults(fact) };
    }
  }

  Object.assign(window.rulesDesk, { h, icon, unseen, button, labelled, select, input, checks, fill, fresh, wholeOr, Conditions });
})();
