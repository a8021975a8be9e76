// What the till keeps in the browser: its key (which never leaves it), our public keys, the queue and the codes it has
// seen, in IndexedDB.
"use strict";
const TillKeeping = (() => {
  const NAME = "till", VERSION = 1;
  const SETTINGS = "settings", QUEUE = "queue", SEEN = "seen";
  let opened = null;

  const answer = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

  function open() {
    opened ??= new Promise((done, failed) => {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(SETTINGS);
        request.result.createObjectStore(QUEUE, { keyPath: "sequence" });
        request.result.createObjectStore(SEEN, { keyPath: "tokenId" });
      };
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
    return opened;
  }

  async function read(store, ask) {
    const database = await open();
    return answer(ask(database.transaction(store).objectStore(store)));
  }

  // Writes all of it or nothing; done means that it is on the disk.
  async function write(stores, put) {
    const database = await open();
    const transaction = database.transaction(stores, "readwrite", { durability: "strict" });
    put(...stores.map((name) => transaction.objectStore(name)));
    return new Promise((done, failed) => {
      transaction.oncomplete = () => done();
      transaction.onabort = transaction.onerror = () => failed(transaction.error);
    });
  }

  const setting = (name) => read(SETTINGS, (store) => store.get(name));
  const keep = (values) => write([SETTINGS], (store) => {
    for (const [name, value] of Object.entries(values)) store.put(value, name);
  });
  const queue = () => read(QUEUE, (store) => store.getAll());
  const seen = (tokenId) => read(SEEN, (store) => store.get(tokenId));

  // One item more: in the queue, its code seen, the chain one further. Adding a code twice fails as a whole.
  const add = (entry, chain) => write([QUEUE, SEEN, SETTINGS], (items, codes, settings) => {
    items.add(entry);
    codes.add({ tokenId: entry.tokenId, sequence: entry.sequence, expiresAt: entry.expiresAt });
    settings.put(chain, "chain");
  });

  const judge = (entries) => write([QUEUE], (items) => entries.forEach((entry) => items.put(entry)));

  // Codes that are over refuse themselves; items that are settled stay to be looked at for a while.
  async function tidy(now, keptSeconds) {
    const before = now.getTime() / 1000 - keptSeconds;
    const items = await queue();
    const codes = await read(SEEN, (store) => store.getAll());
    await write([QUEUE, SEEN], (queued, known) => {
      for (const entry of items) {
        const isSettled = entry.verdict && entry.verdict.verdict !== "held";
        if (isSettled && Date.parse(entry.item.scanned_at) / 1000 < before) queued.delete(entry.sequence);
      }
      for (const code of codes) if (code.expiresAt < before) known.delete(code.tokenId);
    });
  }

  const forget = () => write([SETTINGS, QUEUE, SEEN], (...stores) => stores.forEach((store) => store.clear()));

  return { setting, keep, queue, seen, add, judge, tidy, forget };
})();
