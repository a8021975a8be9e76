"use strict";
// The order that is tried: one more line where one is wanted, and words that purchases had before. Without this script
// there are the lines that the page came with.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-basket]");
  if (!form) return;
  const add = form.querySelector("[data-add-line]");
  const body = form.querySelector(".basket tbody");
  const count = form.querySelector("[name=lines-TOTAL_FORMS]");
  add.hidden = false;
  add.addEventListener("click", () => {
    const number = body.rows.length;
    if (number >= 50) return;
    const row = body.rows[number - 1].cloneNode(true);
    for (const wrong of row.querySelectorAll(".field-error")) wrong.remove();
    for (const field of row.querySelectorAll("input")) {
      field.name = field.name.replace(/-\d+-/, `-${number}-`);
      field.id = field.id.replace(/-\d+-/, `-${number}-`);
      field.value = "";
    }
    body.append(row);
    count.value = number + 1;
    row.querySelector("input").focus();
  });
  fetch(form.dataset.seen, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok && !answer.redirected ? answer.json() : {})).then((seen) => {
    for (const [kind, selector] of [["categories", "[name$=-category]"], ["skus", "[name$=-sku]"], ["channels", "[name=channel]"], ["locations", "[name=location]"], ["tenders", "[name=tender]"]]) {
      if (!seen[kind]?.length) continue;
      const list = document.createElement("datalist");
      list.id = `seen-${kind}`;
      for (const value of seen[kind]) { const option = document.createElement("option"); option.value = value; list.append(option); }
      form.append(list);
      for (const field of form.querySelectorAll(selector)) field.setAttribute("list", list.id);
    }
  }).catch(() => {});
  const result = document.getElementById("result");
  if (result) result.focus();
});
