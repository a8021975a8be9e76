"use strict";
// The form of a reward: only what its kind needs is shown, one more language, the picture before it is sent.
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("[data-reward-form]")) {
    const kinds = [...form.querySelectorAll("[data-kind]")];
    const chosen = (name) => kinds.find((field) => field.dataset.kind === name)?.value || "";
    const show = () => {
      const now = [chosen("kind"), `${chosen("kind")}:${chosen("discount_kind")}`];
      for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").some((one) => now.includes(one));
    };
    for (const field of kinds) field.addEventListener("change", show);
    show();

    const rows = form.querySelector("[data-translations]");
    const more = form.querySelector("[data-more-languages]");
    if (rows && more) {
      more.hidden = false;
      more.addEventListener("click", () => {
        const row = rows.lastElementChild.cloneNode(true);
        for (const field of row.querySelectorAll("input, textarea")) field.value = "";
        rows.append(row);
        row.querySelector("input").focus();
      });
    }
  }

  for (const field of document.querySelectorAll("input[type=file][data-preview]")) {
    const place = document.getElementById(field.dataset.preview);
    field.addEventListener("change", () => {
      const file = field.files[0];
      if (!file || !place || !file.type.startsWith("image/")) return;
      const reader = new FileReader();
      reader.addEventListener("load", () => {
        const picture = document.createElement("img");
        picture.className = "rw-thumb rw-picture";
        picture.alt = "";
        picture.src = reader.result;
        place.replaceChildren(picture);
      });
      reader.readAsDataURL(file);
    });
  }
});
