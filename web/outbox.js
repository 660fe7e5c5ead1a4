// What is kept on this device: its own key (web/src/device/key.rs), and what waits (web/src/device/outbox.rs) in boxes of IndexedDB that only
// a key of this browser opens. The keys are kept there as things that can be used and not read: a copy of the storage is worth nothing elsewhere.
(function () {
  "use strict";
  var NAME = "uketsuke-outbox", opened = null, keyed = null, owned = null;
  function bytes(text) { return new TextEncoder().encode(text); }
  function asked(request) {
    return new Promise(function (done, failed) {
      request.onsuccess = function () { done(request.result); };
      request.onerror = function () { failed(request.error); };
    });
  }
  function base() {
    if (opened) return opened;
    var request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = function () {
      request.result.createObjectStore("keys");
      request.result.createObjectStore("boxes");
    };
    opened = asked(request).then(function (db) {
      // Another page empties it: no page keeps it open against that.
      db.onversionchange = function () { db.close(); opened = keyed = owned = null; };
      // A browser may close it while the page is in the background: it is opened again with the next question.
      db.onclose = function () { opened = null; };
      return db;
    });
    opened.catch(function () { opened = null; });
    return opened;
  }
  // Runs `work` on a store; the promise is kept once what was written is on the disk.
  function within(store, mode, work) {
    return once(store, mode, work).catch(function (why) {
      if (!why || why.name !== "InvalidStateError") throw why;
      // It was closed without a word.
      opened = null;
      return once(store, mode, work);
    });
  }
  function once(store, mode, work) {
    return base().then(function (db) {
      return new Promise(function (done, failed) {
        var act = db.transaction(store, mode, { durability: "strict" }), request = work(act.objectStore(store));
        act.oncomplete = function () { done(request.result); };
        act.onabort = act.onerror = function () { failed(act.error); };
      });
    });
  }
  // The key of this name, made where there is none yet.
  function kept(name, how, uses) {
    function stored() { return within("keys", "readonly", function (keys) { return keys.get(name); }); }
    return stored().then(function (found) {
      if (found) return found;
      return crypto.subtle.generateKey(how, false, uses).then(function (made) {
        // Another page may have made one meanwhile: the first one counts.
        return within("keys", "readwrite", function (keys) { return keys.add(made, name); }).then(function () { return made; }, stored);
      });
    });
  }
  function key() {
    if (keyed) return keyed;
    keyed = kept("box", { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"]);
    keyed.catch(function () { keyed = null; });
    return keyed;
  }
  function own() {
    if (owned) return owned;
    owned = kept("own", { name: "ECDSA", namedCurve: "P-256" }, ["sign"]);
    owned.catch(function () { owned = null; });
    return owned;
  }
  function text(buffer) {
    var made = btoa(String.fromCharCode.apply(null, new Uint8Array(buffer)));
    return made.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  window.uketsukeBox = {
    // The public key, as an uncompressed point in base64url.
    publicKey: function () {
      return own().then(function (pair) { return crypto.subtle.exportKey("raw", pair.publicKey); }).then(text);
    },
    // r and s of the bytes, in base64url.
    sign: function (signed) {
      return own().then(function (pair) {
        return crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, signed);
      }).then(text);
    },
    // As what this browser is registered (JSON), or nothing. It is no secret.
    registered: function () {
      return within("keys", "readonly", function (keys) { return keys.get("registered"); });
    },
    register: function (json) {
      return within("keys", "readwrite", function (keys) { return keys.put(json, "registered"); });
    },
    // A box under a name; one of that name is replaced.
    put: function (name, text) {
      var iv = crypto.getRandomValues(new Uint8Array(12));
      return key().then(function (key) {
        return crypto.subtle.encrypt({ name: "AES-GCM", iv: iv, additionalData: bytes(name) }, key, bytes(text));
      }).then(function (data) {
        return within("boxes", "readwrite", function (boxes) { return boxes.put({ iv: iv, data: data }, name); });
      });
    },
    // All boxes, [[name, text]]; the text of one that cannot be opened is null.
    list: function () {
      return Promise.all([
        key(),
        within("boxes", "readonly", function (boxes) { return boxes.getAllKeys(); }),
        within("boxes", "readonly", function (boxes) { return boxes.getAll(); })
      ]).then(function (all) {
        return Promise.all(all[1].map(function (name, place) {
          var box = all[2][place];
          if (!box) return [name, null];
          return crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv, additionalData: bytes(name) }, all[0], box.data).then(function (data) {
            return [name, new TextDecoder().decode(data)];
          }).catch(function () { return [name, null]; });
        }));
      });
    },
    remove: function (name) {
      return within("boxes", "readwrite", function (boxes) { return boxes.delete(name); });
    },
    // Boxes and key, for good.
    wipe: function () {
      return (opened || Promise.resolve(null)).catch(function () { return null; }).then(function (db) {
        if (db) db.close();
        opened = keyed = owned = null;
        return asked(indexedDB.deleteDatabase(NAME));
      });
    }
  };
})();
