// The PIN frame. Digits stay in this file's memory until 確定 is pressed, go to the helper once, and are forgotten.
'use strict';
(() => {
  const at = (id) => document.getElementById(id);
  const tries = at('pin').dataset.tries;
  const isLastTry = tries === '1';
  let digits = [];
  let state = 'entry';
  // Enter or Space is down: 確定 must not get the focus under it.
  let isHeld = false;
  let wantsOk = false;

  const say = (text, isError) => {
    at('message').textContent = text;
    at('message').classList.toggle('error', Boolean(isError));
  };

  const draw = () => {
    [...at('dots').children].forEach((dot, place) => dot.classList.toggle('on', place < digits.length));
    at('dots').setAttribute('aria-label', `${digits.length}けた入力済み`);
  };

  const add = (digit) => {
    if (state !== 'entry') return;
    if (digits.length >= 4) {
      // Which four were meant? Only the person knows.
      empty();
      at('heading').focus();
      return say('暗証番号は数字4けたです。はじめから入力してください。', true);
    }
    digits.push(digit);
    draw();
    say(`${digits.length}けた入力しました。`);
    if (digits.length < 4) return;
    if (isHeld) wantsOk = true;
    else at('ok').focus();
  };

  const empty = () => {
    digits = [];
    wantsOk = false;
    draw();
  };

  const back = () => {
    if (state !== 'entry') return;
    digits.pop();
    wantsOk = false;
    draw();
    say(`${digits.length}けたになりました。`);
  };

  const clear = () => {
    if (state !== 'entry') return;
    empty();
    say('全部消しました。');
  };

  const lock = (isLocked) => {
    for (const button of at('entry').querySelectorAll('button')) button.disabled = isLocked;
  };

  const end = (text, isError) => {
    state = 'ended';
    at('entry').hidden = true;
    at('last-try').hidden = true;
    say(text, isError);
    at('heading').focus();
  };

  const wrong = (left) => (left === null
    ? '暗証番号がちがいます。'
    : `暗証番号がちがいます。あと${left}回でロックされます。`);

  const told = (word) => {
    switch (word.result) {
      case 'ok': return end('暗証番号を確認しました。カードを動かさないでください。');
      case 'wrong': return end(wrong(word.tries_left), true);
      case 'locked': return end('暗証番号がロックされています。市区町村の窓口で解除できます。', true);
      case 'confirm': state = 'entry'; lock(false); return warn();
      case 'format': state = 'entry'; lock(false); return say('数字4けたで入力してください。', true);
      default: return end('この入力は終わりました。もとのページをご覧ください。', true);
    }
  };

  // One press, one request, never repeated.
  const press = () => {
    if (state !== 'entry') return;
    if (digits.length !== 4) {
      say('数字4けたで入力してください。', true);
      return;
    }
    send({ pin: digits.join('') }, '確認しています。カードを動かさないでください。');
  };

  // The digits are typed on the reader's own keys; its 確定 is the press.
  const pressOnPad = () => {
    if (state !== 'entry') return;
    send({ pad: true }, 'カードリーダーのキーで暗証番号(数字4けた)を入力し、リーダーの確定キーを押してください。');
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

  const begin = () => {
    at('last-try').hidden = true;
    at('entry').hidden = false;
    at('tries').textContent = tries === '' ? '' : `残り${tries}回まで入力できます。`;
    at('tries').hidden = tries === '';
    draw();
    at('heading').focus();
  };

  const warn = () => {
    at('entry').hidden = true;
    at('last-try').hidden = false;
    at('heading').focus();
  };

  at('go-on').addEventListener('click', begin);
  at('clear').addEventListener('click', clear);
  at('back').addEventListener('click', back);
  at('ok').addEventListener('click', press);
  at('on-pad').hidden = at('pin').dataset.pad === '';
  at('on-pad').addEventListener('click', pressOnPad);
  for (const key of document.querySelectorAll('[data-digit]')) key.addEventListener('click', () => add(key.dataset.digit));

  const isPress = (event) => event.key === 'Enter' || event.key === ' ';

  document.addEventListener('keydown', (event) => {
    // A key that is held presses once.
    if (event.repeat) {
      if (isPress(event)) event.preventDefault();
      return;
    }
    if (isPress(event)) isHeld = true;
    if (at('entry').hidden || event.ctrlKey || event.altKey || event.metaKey) return;
    // A Japanese input method may hide the key behind "Process"; its place on the keyboard still tells.
    const place = event.key === 'Process' ? /^(?:Digit|Numpad)([0-9])$/.exec(event.code) : null;
    const digit = place ? place[1] : event.key;
    if (/^[0-9]$/.test(digit)) {
      event.preventDefault();
      add(digit);
    } else if (event.key === 'Backspace') {
      event.preventDefault();
      back();
    } else if (event.key === 'Escape' || event.key === 'Delete') {
      event.preventDefault();
      clear();
    } else if (event.key === 'Enter' && event.target.tagName !== 'BUTTON') {
      event.preventDefault();
      press();
    } else if (event.key.length === 1 && event.key !== ' ') {
      say('数字4けたで入力してください。', true);
    }
  });
  document.addEventListener('keyup', (event) => {
    if (!isPress(event)) return;
    isHeld = false;
    if (wantsOk) at('ok').focus();
    wantsOk = false;
  });
  window.addEventListener('blur', () => { isHeld = false; });
  window.addEventListener('pagehide', () => { digits = []; });

  if (isLastTry) warn();
  else begin();
})();
