"use strict";
// Plays deposit, earn, redeem and balances against the demo, and shows each request with its answer.
const run = document.getElementById("run");
const state = document.getElementById("state");
const steps = document.getElementById("steps");
let key = null;

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

async function freshKey() {
  if (key) return key;
  const answer = await fetch("/demo/key", { method: "POST", headers: { "X-CSRFToken": cookie("csrftoken") } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || answer.statusText);
  key = body.key;
  return key;
}

function show(title, method, path, sent, status, received) {
  const item = document.createElement("li");
  const head = document.createElement("div");
  const verdict = document.createElement("span");
  verdict.className = status < 400 ? "ok" : "failed";
  verdict.textContent = String(status);
  head.append(title + ": ", verdict);
  const request = document.createElement("pre");
  request.textContent = method + " " + path + (sent ? "\n" + JSON.stringify(sent, null, 1) : "");
  const response = document.createElement("pre");
  response.textContent = JSON.stringify(received, null, 1);
  item.append(head, request, response);
  steps.append(item);
  item.scrollIntoView({ block: "nearest" });
}

async function call(title, method, path, sent) {
  const headers = { Authorization: "Api-Key " + (await freshKey()) };
  if (sent) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: sent ? JSON.stringify(sent) : undefined });
  const received = await answer.json();
  show(title, method, path, sent, answer.status, received);
  if (answer.status === 401) key = null;
  if (!answer.ok) throw new Error(received.detail || answer.statusText);
  return received;
}

async function lifecycle() {
  const program = run.dataset.program;
  const member = "/api/members/" + run.dataset.member;
  const once = crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random();
  await call("Deposit", "POST", member + "/deposit", { program_id: program, amount: 500, idempotency_key: "deposit-" + once });
  await call("Earn", "POST", member + "/earn", { program_id: program, amount: "64.90", currency: run.dataset.currency, reference: "receipt-" + once });
  await call("Redeem", "POST", member + "/redeem", { program_id: program, points: 300, idempotency_key: "redeem-" + once });
  await call("Balances", "GET", member + "/balances");
}

if (run) {
  run.addEventListener("click", async () => {
    run.disabled = true;
    steps.replaceChildren();
    state.textContent = "Running …";
    try {
      await lifecycle();
      state.textContent = "Done: four calls, each of them real.";
    } catch (problem) {
      state.textContent = "It stopped: " + problem.message + " You can run it again.";
    } finally {
      run.disabled = false;
    }
  });
}
