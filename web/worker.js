// The service worker of the device page: it opens the page without network. It keeps the page and the files that the page is made of, all
// of them the same for everybody; an answer of the server's API never passes through here. `cargo xtask` writes build and files.
"use strict";
const BUILD = "", FILES = [];
const NAMES = "uketsuke-device-", CACHE = NAMES + BUILD;
// A page that has not come by then is taken from here, milliseconds.
const LATE = 5000;

async function fill() {
  const page = await fetch("/d", { cache: "no-store", credentials: "omit" });
  // Another build, or another's page in between: the browser tries again.
  if (!page.ok || !(await page.clone().text()).includes('"' + BUILD + '"')) throw new Error("not the page of this build");
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES);
  await cache.put("/d", page);
  return self.skipWaiting();
}

async function drop() {
  const names = await caches.keys();
  return Promise.all(names.filter((name) => name.startsWith(NAMES) && name !== CACHE).map((name) => caches.delete(name)));
}

async function kept(at) {
  return (await caches.open(CACHE)).match(at, { ignoreVary: true });
}

// The newest page, as long as there is a line; what a broken server or gateway says is no page.
async function page(request) {
  const abort = new AbortController(), late = setTimeout(() => abort.abort(), LATE);
  try {
    const answer = await fetch(request, { signal: abort.signal });
    if (answer.status < 500) return answer;
    return (await kept("/d")) || answer;
  } catch (lost) {
    return (await kept("/d")) || Response.error();
  } finally {
    clearTimeout(late);
  }
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(drop()));
self.addEventListener("fetch", (event) => {
  const request = event.request, at = new URL(request.url);
  if (request.method !== "GET" || at.origin !== location.origin) return;
  if (request.mode === "navigate") {
    // The scope `/d` would take `/dx` too.
    if (at.pathname === "/d" || at.pathname.startsWith("/d/")) event.respondWith(page(request));
  } else if (FILES.includes(at.pathname)) {
    event.respondWith(kept(at.pathname).then((file) => file || fetch(request)));
  }
});
