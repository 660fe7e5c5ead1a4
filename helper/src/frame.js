// What the frames share: one press, one request, never repeated; what the helper answers; the warning before the last try.
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

  const lock = (isLocked) => {
    for (const control of at('entry').querySelectorAll('button, input')) control.disabled = isLocked;
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
    at('entry').hidden = true;
    at('last-try').hidden = true;
    say(text, isError);
    at('heading').focus();
  };

  const wrong = (left) => (left === null ? texts.wrong : `${texts.wrong}あと${left}回でロックされます。`);

  const told = (word) => {
    switch (word.result) {
      case 'ok': return end(texts.right);
      case 'wrong': return end(wrong(word.tries_left), true);
      case 'locked': return end(texts.locked, true);
      case 'confirm': state = 'entry'; lock(false); return warn();
      case 'format': state = 'entry'; lock(false); return say(texts.format, true);
      default: return end('この入力は終わりました。もとのページをご覧ください。', true);
    }
  };

  const send = async (secret, text) => {
    state = 'sent';
    lock(true);
    say(text);
    let body = JSON.stringify(isLastTry ? { ...secret, last_try: true } : secret);
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

  const open = () => {
    settle();
    at('last-try').hidden = true;
    at('entry').hidden = false;
    at('tries').textContent = tries === '' ? '' : `残り${tries}回まで入力できます。`;
    at('tries').hidden = tries === '';
    begin();
  };

  const warn = () => {
    settle();
    at('entry').hidden = true;
    at('last-try').hidden = false;
    at('heading').focus();
  };

  at('go-on').addEventListener('click', open);
  window.addEventListener('pagehide', empty);

  return {
    at,
    say,
    send,
    isOpen: () => state === 'entry',
    start: () => (isLastTry ? warn() : open()),
  };
};
