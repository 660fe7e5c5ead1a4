// Runs before the program of the page is there, and watches over it; written so that old browsers can read it.
(function () {
  "use strict";
  var app = document.getElementById("app");
  var opening = document.getElementById("opening");
  var stuck = document.getElementById("stuck");

  // The institution's answer is asked for at once, not after the program (web/src/api.rs takes it).
  var parts = location.pathname.split("/");
  if (parts[1] === "r" && parts[2] && window.fetch && window.AbortController) {
    var abort = new AbortController();
    setTimeout(function () { abort.abort(); }, 20000);
    var path = "/api/reception/" + parts[2];
    window.uketsukeFirst = {
      path: path,
      answer: fetch(path, { credentials: "omit", cache: "no-store", signal: abort.signal }).then(function (response) {
        return response.text().then(function (body) {
          return [response.status, response.headers.get("retry-after"), body, Date.now()];
        });
      }).catch(function () { return null; })
    };
  }
  // A page that is opened again in the middle of a visit does not show the first screen meanwhile.
  if (typeof history.state === "string" && history.state.indexOf('"top"') < 0) opening.className += " opening--again";

  // Says that the page does not start, or has stopped: within ten seconds, with a way on.
  function isRunning() { return !document.body.contains(opening); }
  function say(what) {
    if (stuck.getAttribute("data-stuck") === "stopped") return;
    stuck.setAttribute("data-stuck", what);
    stuck.hidden = false;
    if (what === "stopped") {
      app.textContent = "";
      stuck.querySelector("button").focus();
    }
  }
  function failed(reason) {
    if (!isRunning()) say("refused");
    else if (window.WebAssembly && reason instanceof WebAssembly.RuntimeError) say("stopped");
  }
  stuck.querySelector("button").addEventListener("click", function () { location.reload(); });
  window.addEventListener("error", function (event) {
    var isFile = event.target instanceof Element;
    if (!isFile) failed(event.error);
    else if (event.target.tagName === "SCRIPT") failed(null);
  }, true);
  window.addEventListener("unhandledrejection", function (event) { failed(event.reason); });
  setTimeout(function () { if (!isRunning() && stuck.hidden) say("slow"); }, 8000);

  // What this page can see of the helper's port when no socket opens (helper/PROTOCOL.md §1.8): [/health is readable: has it
  // room, / answers or has no end, an event source is closed by an answer, a picture lost its box, something took time].
  window.uketsukeLookAtPort = function (at) {
    var since = performance.now();
    var options = { credentials: "omit", cache: "no-store" };
    function within(promise, late) {
      return Promise.race([promise, new Promise(function (done) { setTimeout(done, 4000, late); })]);
    }
    var health = fetch(at + "/health", options).then(function (answer) { return answer.json(); }).then(function (said) {
      return said.ok === true ? said.room !== false : null;
    }).catch(function () { return null; });
    var open = fetch(at + "/", { mode: "no-cors", credentials: "omit", cache: "no-store" }).then(function () { return true; }, function () { return false; });
    var events = new EventSource(at + "/health");
    var closed = new Promise(function (done) { events.onerror = function () { done(events.readyState === 2); }; });
    var image = new Image(8, 8);
    image.style.cssText = "position:absolute;visibility:hidden";
    var collapsed = new Promise(function (done) {
      image.onload = function () { done(false); };
      image.onerror = function () { setTimeout(function () { done(image.getClientRects().length === 0); }); };
    });
    image.src = at + "/?" + Date.now();
    document.body.appendChild(image);
    return Promise.all([within(health, null), within(open, true), within(closed, false), within(collapsed, false)]).then(function (seen) {
      events.close();
      document.body.removeChild(image);
      // WebKit keeps no time of a request that failed; there an event source is closed by an answer alone.
      var times = performance.getEntriesByType("resource").filter(function (entry) {
        return entry.startTime >= since && entry.name.indexOf(at + "/") === 0;
      });
      return seen.concat(times.length === 0 || times.some(function (entry) { return entry.duration > 0; }));
    });
  };

  // A translator puts elements of its own in the place of our text, and what the program then writes is seen by nobody or
  // throws. What took the place of a text is remembered; whoever writes to that text puts it back first.
  var stands = new WeakMap();
  new MutationObserver(function (changes) {
    if (isRunning() && stuck.getAttribute("data-stuck") !== "stopped") stuck.hidden = true;
    changes.forEach(function (change) {
      var beside = [change.addedNodes[0], change.previousSibling, change.nextSibling];
      var stand = beside.filter(function (node) { return node && node.tagName === "FONT"; })[0];
      change.removedNodes.forEach(function (node) {
        if (stand && node.nodeType === 3) stands.set(node, stand);
      });
    });
  }).observe(app, { childList: true, subtree: true });

  var node = Node.prototype;
  var removeChild = node.removeChild, insertBefore = node.insertBefore, replaceChild = node.replaceChild;
  // The child of `parent` that holds `wanted`, or that stands where it stood.
  function childOf(parent, wanted) {
    var child = wanted.parentNode ? wanted : stands.get(wanted);
    while (child && child.parentNode !== parent) child = child.parentNode;
    return child || null;
  }
  node.removeChild = function (child) {
    if (child.parentNode === this) return removeChild.call(this, child);
    var found = childOf(this, child);
    if (found) removeChild.call(this, found);
    return child;
  };
  node.insertBefore = function (added, next) {
    return insertBefore.call(this, added, next && next.parentNode !== this ? childOf(this, next) : next);
  };
  var value = Object.getOwnPropertyDescriptor(node, "nodeValue");
  Object.defineProperty(node, "nodeValue", {
    configurable: true,
    enumerable: true,
    get: value.get,
    set: function (text) {
      var stand = this.parentNode ? null : stands.get(this);
      if (stand && stand.parentNode) replaceChild.call(stand.parentNode, this, stand);
      value.set.call(this, text);
    }
  });
})();
