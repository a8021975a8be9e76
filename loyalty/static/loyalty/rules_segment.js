"use strict";
// The form of a new segment: conditions are asked for where it is one by conditions. Without this script both are there,
// and those of a list are passed over.
document.addEventListener("DOMContentLoaded", () => {
  const kinds = document.querySelector("[data-kind]"), conditions = document.querySelector("[data-conditions]");
  if (!kinds || !conditions) return;
  const show = () => { conditions.hidden = kinds.querySelector("input:checked")?.value !== "dynamic"; };
  kinds.addEventListener("change", show);
  show();
});
