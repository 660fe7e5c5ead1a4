// Gives the page its service worker (web/worker.js), after all else has come. Where a browser knows none, or keeps none, the page works
// with network only.
(function () {
  "use strict";
  if (!navigator.serviceWorker) return;
  var at = "/d/worker.js";
  // The one policy of this page: it gives this address, whatever it is asked for.
  if (window.trustedTypes) {
    at = trustedTypes.createPolicy("uketsuke-worker", { createScriptURL: function () { return "/d/worker.js"; } }).createScriptURL("");
  }
  window.addEventListener("load", function () {
    navigator.serviceWorker.register(at, { scope: "/d", updateViaCache: "none" }).catch(function () {});
  });
})();
