// What waits on this device (web/src/device/outbox.rs): boxes in IndexedDB that only a key of this browser opens. The key is kept there too,
// as a thing that can be used and not read: a copy of the storage is worth nothing elsewhere.
(function () {
  "use strict";
  var NAME = "uketsuke-outbox", opened = null, keyed = null;
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
      db.onversionchange = function () { db.close(); opened = keyed = null; };
      return db;
    });
    opened.catch(function () { opened = null; });
    return opened;
  }
  // Runs `work` on a store; the promise is kept once what was written is on the disk.
  function within(store, mode, work) {
    return base().then(function (db) {
      return new Promise(function (done, failed) {
        var act = db.transaction(store, mode, { durability: "strict" }), request = work(act.objectStore(store));
        act.oncomplete = function () { done(request.result); };
        act.onabort = act.onerror = function () { failed(act.error); };
      });
    });
  }
  function key() {
    if (keyed) return keyed;
    function stored() { return within("keys", "readonly", function (keys) { return keys.get("box"); }); }
    keyed = stored().then(function (found) {
      if (found) return found;
      return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]).then(function (made) {
        // Another page may have made one meanwhile: the first one counts.
        return within("keys", "readwrite", function (keys) { return keys.add(made, "box"); }).then(function () { return made; }, stored);
      });
    });
    keyed.catch(function () { keyed = null; });
    return keyed;
  }
  window.uketsukeBox = {
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
        opened = keyed = null;
        return asked(indexedDB.deleteDatabase(NAME));
      });
    }
  };
})();
