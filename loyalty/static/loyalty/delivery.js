"use strict";
// Screens of webhooks and of events that come in: copies what is shown once, and keeps a page up to date while
// something is on its way. Without this script the page tells how it was, and loading it again does the rest.
(() => {
  function copying() {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = !navigator.clipboard;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
        const told = button.querySelector("[data-told]");
        told.textContent = button.dataset.done;
      });
    }
  }

  // Asks for the page again every second, a minute at most, and shows its live part when that has changed.
  function living() {
    const part = document.querySelector("[data-live=true]");
    if (!part) return;
    let left = 60;
    async function ask() {
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (answer.redirected || !answer.ok) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
        if (!fresh) return;
        if (fresh.innerHTML !== part.innerHTML) part.innerHTML = fresh.innerHTML;
        if (fresh.dataset.live !== "true") return;
      } catch { left -= 5; }
      left -= 1;
      if (left > 0) setTimeout(ask, 1000);
    }
    setTimeout(ask, 1000);
  }

  // All of a group or its single kinds: who takes all need not tick each.
  function picking() {
    for (const form of document.querySelectorAll("[data-picks]")) {
      const show = () => {
        const all = form.querySelector("input[value='*']");
        for (const whole of form.querySelectorAll("input[value$='.*']")) {
          const group = whole.closest("details");
          for (const one of group.querySelectorAll("input")) if (one !== whole) one.disabled = whole.checked || Boolean(all?.checked);
          whole.disabled = Boolean(all?.checked);
          const count = group.querySelectorAll("input:checked:not(:disabled)").length;
          group.querySelector("[data-count]").textContent = all?.checked || whole.checked ? form.dataset.all : count ? count : "";
        }
      };
      form.addEventListener("change", show);
      show();
    }
  }

  document.addEventListener("DOMContentLoaded", () => { copying(); living(); picking(); });
})();
