// The page of a member: "Older" continues the time line in place. Without this script it leads to a page of its own.
"use strict";
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-older] a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  link.setAttribute("aria-busy", "true");
  const answer = await fetch(link.href, { headers: { "X-Fragment": "timeline" } }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) {
    window.location.href = link.href;
    return;
  }
  const more = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-timeline]");
  const older = link.closest("[data-older]");
  const first = more.querySelector(".ly-link, strong");
  older.replaceWith(...more.childNodes);
  if (first) {
    first.tabIndex = first.matches("a") ? 0 : -1;
    first.focus();
  }
});
