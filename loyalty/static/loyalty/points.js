// Says what the balance will be while points are typed. Without this script the page says what it is, and the answer
// what it has become.
"use strict";
(() => {
  const box = document.querySelector("[data-balance]");
  const input = document.querySelector("input[name=points]");
  if (!box || !input) return;
  const told = box.querySelector("output");
  const balance = Number(box.dataset.balance);
  const sign = Number(input.dataset.sign || 1);
  function tell() {
    const points = Number.parseInt(input.value, 10);
    const after = balance + sign * points;
    if (after < 0 && sign < 0) told.textContent = box.dataset.tooMany;
    else told.textContent = Number.isNaN(points) ? "" : `${box.dataset.after} ${after.toLocaleString("en")}`;
  }
  input.addEventListener("input", tell);
  tell();
})();
