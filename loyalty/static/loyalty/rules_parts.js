"use strict";
// The parts of a rule besides its conditions: what it gives, its limits, when it is on, and how kinds of rules add up.
window.rulesDesk = window.rulesDesk || {};
(() => {
  const { h, button, labelled, select, input, checks, fill } = window.rulesDesk;

  class Parts {
    constructor(desk, conditions) { this.desk = desk; this.cat = desk.cat; this.w = desk.cat.words; this.conditions = conditions; }

    shape(focus) { this.desk.changed({ shape: true, focus }); }

    // What a rule gives.
    effects(rule, at) {
      const list = Array.isArray(rule.effects) ? rule.effects : (rule.effects = []);
      const rows = list.map((effect, index) => this.effect(rule, list, effect, index, `${at}/effects/${index}`));
      return h("div", { class: "desk-list", "data-at": `${at}/effects` }, rows, button(this.w.add_effect, "add", () => {
        list.push({ type: "points.fixed", points: 10 });
        this.shape(`${at}/effects/${list.length - 1}/type`);
      }, { at: `${at}/effects+` }));
    }

    effect(rule, list, effect, index, at) {
      const isOrder = rule.trigger === "order.paid";
      const kinds = this.cat.effects.filter((one) => isOrder || !one.orders_only || one.type === effect.type);
      const kind = this.cat.effects.find((one) => one.type === effect.type);
      const chooser = select(kinds.map((one) => [one.type, one.label]), effect.type, (type) => {
        list[index] = this.blankEffect(type, effect);
        this.settle(rule, type);
        this.shape(`${at}/type`);
      }, { at: `${at}/type`, unknown: this.w.unknown });
      const fields = (kind?.fields || []).map((field) => this.field(effect, field, at)).filter(Boolean);
      return h("fieldset", { class: "desk-effect" }, h("legend", { class: "unseen" }, this.w.effect),
        h("div", { class: "desk-row" }, labelled(this.w.effect, chooser), fields,
          button(this.w.remove, "close", () => { list.splice(index, 1); this.shape(`${at.slice(0, at.lastIndexOf("/"))}+`); }, { small: true, at: `${at}-` })));
    }

    blankEffect(type, before) {
      const kind = this.cat.effects.find((one) => one.type === type);
      const made = { type };
      for (const field of kind.fields) {
        if (field.name in before && field.kind !== "per" && field.kind !== "measure") made[field.name] = before[field.name];
        else if (field.required) made[field.name] = this.blankField(field, type);
      }
      return made;
    }

    blankField(field, type) {
      const base = this.groups().find((one) => one.stage === "base") || this.groups()[0];
      return {
        integer: 10, per: type === "points.per_amount" ? "10.00" : 1, measure: { fact: "lines.quantity" }, factor: "2",
        groups: [base?.key], bundle: [{ sku: "", quantity: 1 }],
      }[field.kind] ?? "";
    }

    // Multipliers stand in kinds of rules that multiply, all else elsewhere: moves the rule where it fits.
    settle(rule, type) {
      const wants = type === "points.multiply";
      const is = (one) => (one.stage === "multiply") === wants;
      const now = this.groups().find((one) => one.key === (rule.group || "bonus"));
      const next = this.groups().find((one) => is(one) && one.stage !== "base" && !one.blocks) || this.groups().find(is);
      if (next && !(now && is(now))) rule.group = next.key;
    }

    field(effect, field, at) {
      const put = (value) => { if (value === "" && !field.required) delete effect[field.name]; else effect[field.name] = value; this.desk.changed(); };
      const value = effect[field.name], here = `${at}/${field.name}`;
      switch (field.kind) {
        case "integer": return labelled(field.label, input(value, put, { at: here, kind: "integer" }));
        case "factor": return labelled(field.label, input(value, put, { at: here, kind: "factor" }));
        case "per": return effect.type === "points.per_amount"
          ? labelled(`${field.label} (${this.cat.currency})`, input(value, put, { at: here, kind: "money" }))
          : labelled(field.label, input(value, put, { at: here, kind: "integer", placeholder: "1" }));
        case "receiver": return labelled(field.label, select(this.cat.receivers, value ?? "member", put, { at: here, unknown: this.w.unknown }));
        case "measure": return this.measure(effect, field, here);
        case "groups": return h("fieldset", { class: "desk-field desk-wide" }, h("legend", null, field.label), checks(
          this.groups().filter((one) => one.stage !== "multiply").map((one) => [one.key, this.nameOf(one.key)]), Array.isArray(value) ? value : [],
          (chosen) => { effect[field.name] = chosen; this.shape(here); }, { at: here }));
        case "where": return h("fieldset", { class: "desk-field desk-wide" }, h("legend", null, field.label), this.where(effect, here));
        case "bundle": return this.bundle(effect, field, here);
        case "life": return this.life(effect, field, here);
        default: return labelled(field.label, input(value, put, { at: here }));
      }
    }

    where(effect, at) {
      const of = this.conditions.aboutLine();
      const tree = this.conditions.root(effect, "where", at, of, this.w.all_lines_now || this.w.always);
      return tree;
    }

    measure(effect, field, at) {
      const kinds = effect.type === "points.per_amount" ? ["money"] : ["quantity", "integer"];
      const facts = this.cat.facts.filter((one) => one.measured && kinds.includes(one.kind));
      const of = effect.of && typeof effect.of === "object" ? effect.of : { fact: "order.net" };
      const chooser = select(facts.map((one) => [one.name, one.label]), of.fact, (fact) => {
        effect.of = { fact };
        if (of.params && fact.startsWith("lines.")) effect.of.params = of.params;
        this.shape(`${at}/fact`);
      }, { at: `${at}/fact`, unknown: this.w.unknown });
      const narrowed = String(of.fact).startsWith("lines.") ? this.conditions.lines(of, `${at}/params/where`) : null;
      if (narrowed && effect.of !== of) effect.of = of;
      return [labelled(field.label, chooser), narrowed ? h("div", { class: "desk-wide" }, narrowed) : null];
    }

    bundle(effect, field, at) {
      const list = Array.isArray(effect.items) ? effect.items : (effect.items = []);
      const rows = list.map((item, index) => h("div", { class: "desk-row", role: "group", "aria-label": fill(this.w.article, index + 1) },
        labelled(this.w.sku, input(item.sku, (text) => { item.sku = text; this.desk.changed(); }, { at: `${at}/${index}/sku`, list: this.desk.listOf("skus") })),
        labelled(this.w.quantity, input(item.quantity ?? 1, (text) => { item.quantity = text; this.desk.changed(); }, { at: `${at}/${index}/quantity`, kind: "integer" })),
        button(this.w.remove, "close", () => { list.splice(index, 1); this.shape(`${at}+`); }, { small: true })));
      return h("fieldset", { class: "desk-field desk-wide" }, h("legend", null, field.label), rows,
        button(this.w.add_item, "add", () => { list.push({ sku: "", quantity: 1 }); this.shape(`${at}/${list.length - 1}/sku`); }, { at: `${at}+` }));
    }

    // A time in months or days. What is written otherwise stays as it is, and is changed in the JSON tab.
    life(effect, field, at) {
      const value = effect[field.name];
      const units = field.name === "pending_for" ? [["days", this.w.days]] : [["months", this.w.months], ["days", this.w.days]];
      const unit = value && typeof value === "object" ? Object.keys(value)[0] : "";
      const chooser = select([["", this.w.program_says], ...units], unit, (chosen) => {
        if (chosen) effect[field.name] = { [chosen]: typeof value?.[unit] === "number" ? value[unit] : 12 };
        else delete effect[field.name];
        this.shape(`${at}.unit`);
      }, { at: `${at}.unit`, unknown: "%s" });
      if (!unit || !units.some(([one]) => one === unit)) return labelled(field.label, chooser);
      const amount = input(value[unit], (text) => { value[unit] = text; this.desk.changed(); }, { at: `${at}/${unit}`, kind: "integer" });
      amount.setAttribute("aria-label", field.label);
      return [labelled(field.label, chooser), h("div", { class: "desk-field" }, h("span", { class: "desk-soft", "aria-hidden": "true" }, units.find(([one]) => one === unit)[1]), amount)];
    }

    // Limits of points or of times.
    limits(rule, at) {
      const list = Array.isArray(rule.limits) ? rule.limits : [];
      const rows = list.map((limit, index) => this.limit(list, limit, index, `${at}/limits/${index}`));
      return h("div", { class: "desk-list", "data-at": `${at}/limits` }, rows, button(this.w.add_limit, "add", () => {
        rule.limits = [...list, { scope: "member", period: "month", times: 1 }];
        this.shape(`${at}/limits/${rule.limits.length - 1}/unit`);
      }, { at: `${at}/limits+` }));
    }

    limit(list, limit, index, at) {
      const unit = "points" in limit ? "points" : "times";
      const put = (name) => (value) => { limit[name] = value; this.desk.changed(); };
      const remove = () => { list.splice(index, 1); this.shape(`${at.slice(0, at.lastIndexOf("/"))}+`); };
      return h("fieldset", { class: "desk-effect" }, h("legend", { class: "unseen" }, fill(this.w.limit, index + 1)), h("div", { class: "desk-row" },
        labelled(this.w.how_many, input(limit[unit], put(unit), { at: `${at}/${unit}`, kind: "integer" })),
        labelled(this.w.unit, select([["times", this.w.times], ["points", this.w.points]], unit, (chosen) => {
          limit[chosen] = limit[unit]; delete limit[unit]; this.shape(`${at}/unit`);
        }, { at: `${at}/unit` })),
        labelled(this.w.scope, select(this.cat.scopes, limit.scope, put("scope"), { at: `${at}/scope`, unknown: this.w.unknown })),
        labelled(this.w.period, select(this.cat.periods, limit.period, put("period"), { at: `${at}/period`, unknown: this.w.unknown })),
        unit === "points" ? labelled(this.w.exceed, select(this.cat.exceeds, limit.partial === false ? "reject" : limit.on_exceed ?? "truncate", (word) => { delete limit.partial; limit.on_exceed = word; this.desk.changed(); }, { at: `${at}/on_exceed`, unknown: this.w.unknown })) : null,
        button(this.w.remove, "close", remove, { small: true })));
    }

    // When a rule is on, by the program's clock.
    schedule(rule, at) {
      const now = rule.schedule && typeof rule.schedule === "object" ? rule.schedule : {};
      const put = (name, value) => {
        const next = { ...now };
        if (value === undefined || value === "") delete next[name]; else next[name] = value;
        for (const key of Object.keys(now)) delete now[key];
        Object.assign(now, next);
        if (Object.keys(now).length) rule.schedule = now; else delete rule.schedule;
      };
      const hour = (end) => (text) => {
        const hours = { ...(now.hours || {}) };
        if (text) hours[end] = text; else delete hours[end];
        put("hours", Object.keys(hours).length ? hours : undefined);
        this.desk.changed();
      };
      const wall = (name) => (text) => { put(name, text); this.desk.changed(); };
      const here = `${at}/schedule`;
      return h("div", { class: "desk-row", "data-at": here },
        h("fieldset", { class: "desk-field desk-wide" }, h("legend", null, this.w.weekdays), checks(this.cat.weekdays, now.weekdays || [], (chosen) => { put("weekdays", chosen.length ? chosen : undefined); this.shape(`${here}/weekdays`); }, { at: `${here}/weekdays` })),
        labelled(`${this.w.hours}: ${this.w.from}`, input(now.hours?.from, hour("from"), { at: `${here}/hours/from`, kind: "time" })),
        labelled(`${this.w.hours}: ${this.w.to}`, input(now.hours?.to, hour("to"), { at: `${here}/hours/to`, kind: "time" })),
        labelled(this.w.from, input(now.from, wall("from"), { at: `${here}/from`, kind: "datetime-local" }), { hint: this.cat.zone }),
        labelled(this.w.to, input(now.to, wall("to"), { at: `${here}/to`, kind: "datetime-local" }), { hint: this.cat.zone }));
    }

    groups() { return this.desk.groups(); }

    nameOf(key) { return this.cat.group_names[key] || key; }

    // How kinds of rules add up: which come first, which keep others from giving.
    kinds(root) {
      const list = this.groups();
      const own = () => { if (!Array.isArray(root.groups)) root.groups = structuredClone(list); return root.groups; };
      const rows = list.map((group, index) => {
        const at = `/groups/${index}`;
        const put = (name) => (value) => { own()[index][name] = value; this.shape(`${at}/${name}`); };
        const others = list.filter((one) => one.key !== group.key).map((one) => [one.key, this.nameOf(one.key)]);
        return h("fieldset", { class: "desk-effect", "data-at": at }, h("legend", null, this.nameOf(group.key)), h("div", { class: "desk-row" },
          labelled(this.w.group_key, input(group.key, (text) => { own()[index].key = text; this.desk.changed(); }, { at: `${at}/key` })),
          labelled(this.w.stage, select(this.cat.stages, group.stage ?? "bonus", put("stage"), { at: `${at}/stage`, unknown: this.w.unknown })),
          labelled(this.w.mode, select(this.cat.modes, group.mode ?? "all", put("mode"), { at: `${at}/mode`, unknown: this.w.unknown })),
          group.stage === "multiply" ? labelled(this.w.combine, select(this.cat.combines, group.combine ?? "add", put("combine"), { at: `${at}/combine`, unknown: this.w.unknown }))
            : h("fieldset", { class: "desk-field desk-wide" }, h("legend", null, this.w.blocks), checks(others, group.blocks || [], (chosen) => { if (chosen.length) own()[index].blocks = chosen; else delete own()[index].blocks; this.shape(`${at}/blocks`); }, { at: `${at}/blocks` })),
          button(this.w.up, "arrow_upward", () => { const all = own(); if (index) { all.splice(index - 1, 0, ...all.splice(index, 1)); this.shape(`/groups/${index - 1}/key`); } }, { small: true }),
          button(this.w.remove, "close", () => { own().splice(index, 1); this.shape("/groups+"); }, { small: true })));
      });
      const add = button(this.w.add_kind, "add", () => { own().push({ key: `group-${list.length + 1}`, stage: "bonus", mode: "all" }); this.shape(`/groups/${root.groups.length - 1}/key`); }, { at: "/groups+" });
      const rounding = labelled(this.w.rounding, select(this.cat.roundings, root.rounding ?? "down", (way) => { root.rounding = way; this.desk.changed(); }, { at: "/rounding", unknown: this.w.unknown }));
      return h("div", { class: "desk-list" }, rows, add, rounding);
    }
  }

  Object.assign(window.rulesDesk, { Parts });
})();
