// What the frames share: one press, one request, never repeated; what the helper answers; the warning before the last try; the number pad.
'use strict';
// `texts` says what differs; `empty` forgets what was typed; `begin` makes the entry ready.
window.frame = ({ texts, empty, begin }) => {
  const at = (id) => document.getElementById(id);
  // What has only just appeared under a finger is not what it set out for: the second of two quick taps on the page's button, or
  // on 「わかりました」, types no digit. Keys and screen readers press what they name. Milliseconds.
  const UNSEEN_MS = 500;
  let shownAt = 0;
  let downAt = null;
  let settling = null;
  const tries = document.querySelector('main').dataset.tries;
  const isLastTry = tries === '1';
  let state = 'entry';

  const say = (text, isError) => {
    at('message').textContent = text;
    at('message').classList.toggle('error', Boolean(isError));
  };

  // The page shows the frame from its top: a focus must not scroll it away.
  const focus = (id) => at(id).focus({ preventScroll: true });

  const lock = (isLocked) => {
    for (const control of document.querySelectorAll('button, input')) control.disabled = isLocked;
  };

  // The warning, the entry, or neither.
  const show = (id) => {
    at('last-try').hidden = id !== 'last-try';
    at('entry').hidden = id !== 'entry';
    at('shown').hidden = id !== 'entry';
  };

  // Another part of the frame is shown. The mark on the root is for whoever drives the frame by program.
  const settle = () => {
    shownAt = performance.now();
    document.documentElement.setAttribute('data-settling', '');
    clearTimeout(settling);
    settling = setTimeout(() => document.documentElement.removeAttribute('data-settling'), UNSEEN_MS + 10);
  };

  document.addEventListener('pointerdown', (event) => { downAt = event.timeStamp; }, true);
  document.addEventListener('click', (event) => {
    const setOutAt = downAt === null ? event.timeStamp : downAt;
    downAt = null;
    if (event.detail === 0 || setOutAt - shownAt >= UNSEEN_MS) return;
    event.stopImmediatePropagation();
    event.preventDefault();
  }, true);

  const end = (text, isError) => {
    settle();
    state = 'ended';
    show(null);
    document.querySelector('.words').append(at('message'));
    say(text, isError);
    focus('heading');
  };

  const wrong = (left) => (left === null ? texts.wrong : `${texts.wrong}あと${left}回でロックされます。`);

  const told = (word) => {
    switch (word.result) {
      case 'ok': return end(texts.right);
      case 'wrong': return end(wrong(word.tries_left), true);
      case 'locked': return end(texts.locked, true);
      case 'confirm': state = 'entry'; lock(false); return warn();
      case 'format': state = 'entry'; lock(false); return say(texts.format, true);
      case 'stopped': return end('入力をやめました。残りの回数は減っていません。もとのページをご覧ください。');
      default: return end('この入力は終わりました。もとのページをご覧ください。', true);
    }
  };

  const post = async (message, text) => {
    state = 'sent';
    lock(true);
    say(text);
    let body = JSON.stringify(message);
    empty();
    try {
      const sent = fetch(location.pathname, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        credentials: 'omit',
        redirect: 'error',
      });
      body = '';
      told(await (await sent).json());
    } catch {
      end('読み取りプログラムと通信できませんでした。もとのページをご覧ください。', true);
    }
  };

  const send = (secret, text) => post(isLastTry ? { ...secret, last_try: true } : secret, text);

  const open = () => {
    settle();
    show('entry');
    at('tries').textContent = tries === '' ? '' : `残り${tries}回です。`;
    at('tries').hidden = tries === '';
    begin();
  };

  const warn = () => {
    settle();
    show('last-try');
    focus('heading');
  };

  at('go-on').addEventListener('click', open);
  at('stop').addEventListener('click', () => {
    if (state === 'entry') post({ stop: true }, '入力をやめています。');
  });
  window.addEventListener('pagehide', empty);

  // What the keys of the number pad say while NumLock is off, in the order of their digits.
  const withoutNumLock = ['Insert', 'End', 'ArrowDown', 'PageDown', 'ArrowLeft', 'Clear', 'ArrowRight', 'Home', 'ArrowUp', 'PageUp'];
  const isOnNumberPad = (event) => event.location === KeyboardEvent.DOM_KEY_LOCATION_NUMPAD;
  // The digit that a key of the number pad stands for though NumLock is off; null for any other key.
  const digitWithoutNumLock = (event) => {
    const digit = isOnNumberPad(event) ? withoutNumLock.indexOf(event.key) : -1;
    return digit < 0 ? null : String(digit);
  };

  return {
    at,
    say,
    send,
    focus,
    isOnNumberPad,
    digitWithoutNumLock,
    isOpen: () => state === 'entry',
    start: () => (isLastTry ? warn() : open()),
  };
};
