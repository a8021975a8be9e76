// Keeps a page of long work up to date: asks how far it is every second, and loads the page anew at its end. Without
// this script the page tells how far it was, and loading it again does the rest.
"use strict";
(() => {
  const box = document.getElementById("run-progress");
  if (!box || box.dataset.live !== "true") return;
  const bar = box.querySelector("[role=progressbar]");
  const told = box.querySelector("[data-told]");
  let wait = 1000;

  function show(run) {
    bar.setAttribute("aria-valuenow", run.per_cent);
    bar.firstElementChild.style.width = `${run.per_cent}%`;
    const text = run.total === null ? run.status_label
      : `${run.done.toLocaleString("en")} of ${run.total.toLocaleString("en")} (${run.per_cent} %)`;
    if (told.textContent !== text) told.textContent = text;
  }

  async function ask() {
    try {
      const answer = await fetch(box.dataset.address, { headers: { Accept: "application/json" } });
      if (answer.redirected || answer.status === 403) return;
      const run = await answer.json();
      show(run);
      if (!run.is_live) return window.location.reload();
      wait = 1000;
    } catch {
      wait = Math.min(wait * 2, 15000);
    }
    setTimeout(ask, wait);
  }
  setTimeout(ask, wait);
})();
