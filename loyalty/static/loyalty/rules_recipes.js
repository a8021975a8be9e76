"use strict";
// Recipes inside the desk: the form of each opens in a dialog, and what the server makes of it goes into the document.
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll("[data-rules-desk]")) {
    const desk = box.desk;
    if (!desk || !box.dataset.recipeParts) continue;
    const dialog = document.createElement("dialog");
    dialog.className = "recipe-dialog";
    document.body.append(dialog);
    const addressOf = (key) => box.dataset.recipeParts.replace(/0\/$/, `${key}/`);
    const token = () => desk.form.elements.csrfmiddlewaretoken.value;

    // Shows the form that the server answered; `place`: the rule it is about, nothing for a new one.
    function show(page, key, place) {
      dialog.replaceChildren(new DOMParser().parseFromString(page, "text/html").querySelector("form"));
      const form = dialog.querySelector("form");
      const title = form.querySelector("h2");
      title.id = "recipe-title";
      dialog.setAttribute("aria-labelledby", title.id);
      for (const field of form.querySelectorAll("[data-choices]")) if (desk.listOf(field.dataset.choices)) field.setAttribute("list", desk.listOf(field.dataset.choices));
      for (const wrong of form.querySelectorAll(".field-error")) wrong.closest(".field")?.querySelector("input, select, textarea")?.setAttribute("aria-invalid", "true");
      form.querySelector("[data-close]").addEventListener("click", () => dialog.close());
      form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); send(form, key, place); });
      if (!dialog.open) dialog.showModal();
      (form.querySelector("[aria-invalid]") || form.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
    }

    async function send(form, key, place) {
      const answer = await fetch(addressOf(key), { method: "POST", body: new FormData(form) }).catch(() => null);
      if (!answer || answer.redirected) { location.reload(); return; }
      if (!answer.headers.get("Content-Type").startsWith("application/json")) { show(await answer.text(), key, place); return; }
      const { rule } = await answer.json();
      dialog.close();
      if (place === null) { desk.add(rule, desk.w.added); return; }
      desk.rules()[place] = rule;
      desk.open.add(rule);
      desk.changed({ shape: true, focus: `card-${place}` });
    }

    async function open(key, place = null) {
      const body = new FormData();
      body.append("csrfmiddlewaretoken", token());
      body.append("open", place === null ? "" : JSON.stringify(desk.rules()[place]));
      const answer = await fetch(addressOf(key), { method: "POST", body }).catch(() => null);
      if (answer?.ok && !answer.redirected) show(await answer.text(), key, place);
      else desk.say(desk.w.offline);
    }

    // Whether a rule is one that a recipe makes; then its card gets a button.
    async function offer(index, into) {
      const rule = JSON.stringify(desk.rules()[index]);
      const body = new FormData();
      body.append("csrfmiddlewaretoken", token());
      body.append("rule", rule);
      const answer = await fetch(box.dataset.recipeOf, { method: "POST", body }).catch(() => null);
      if (!answer?.ok || answer.redirected || !into.isConnected) return;
      const { recipe } = await answer.json();
      if (!recipe || JSON.stringify(desk.rules()[index]) !== rule) return;
      into.append(window.rulesDesk.button(box.dataset.form, "menu_book", () => open(recipe, index)));
    }

    desk.offerRecipe = offer;
    for (const opener of box.querySelectorAll("[data-recipe-key]")) opener.addEventListener("click", () => open(opener.dataset.recipeKey));
  }
});
