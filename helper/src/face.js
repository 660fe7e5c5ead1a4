// The frame for 照合番号B: what is printed on the card, put together to fourteen digits. They go to the helper once, and are forgotten.
'use strict';
(() => {
  const places = ['year', 'month', 'day', 'expiry', 'code'];

  const empty = () => at('entry').reset();

  const { at, say, send, focus, isOnNumberPad, digitWithoutNumLock, isOpen, start } = window.frame({
    texts: {
      right: '数字を確認しました。カードを動かさないでください。',
      wrong: 'カードの数字とちがいます。',
      locked: 'カードの数字での読み取りがロックされました。もとのページをご覧ください。',
      format: '数字をすべて入力してください。',
    },
    empty,
    begin: () => focus('year'),
  });

  // An input method writes full-width digits; the person sees what becomes of them.
  const half = (text) => text.normalize('NFKC').replace(/[^0-9]/g, '');

  const isIn = (text, from, to) => /^[0-9]{2}$/.test(text) && Number(text) >= from && Number(text) <= to;

  // What is wrong with a field; nothing is sent then, and no try is spent.
  const faults = {
    year: (text) => (isIn(text, 0, 99) ? '' : '生年月日の年を、2けたの数字で入力してください。'),
    month: (text) => (isIn(text, 1, 12) ? '' : '生年月日の月を、1から12の数字で入力してください。'),
    day: (text) => (isIn(text, 1, 31) ? '' : '生年月日の日を、1から31の数字で入力してください。'),
    expiry: (text) => (/^20[0-9]{2}$/.test(text) ? '' : 'カードの有効期限の年を、西暦4けたの数字で入力してください。'),
    code: (text) => (/^[0-9]{4}$/.test(text) ? '' : 'セキュリティコードを、4けたの数字で入力してください。'),
  };

  // One digit is enough for a month; the zero in front is shown.
  const complete = (input) => {
    input.value = half(input.value);
    if (input.maxLength === 2 && input.value.length === 1) input.value = `0${input.value}`;
  };

  const press = () => {
    if (!isOpen()) return;
    for (const place of places) {
      complete(at(place));
      const fault = faults[place](at(place).value);
      at(place).setAttribute('aria-invalid', String(fault !== ''));
      if (fault !== '') {
        // Beside the field: in a low window the top may be out of view.
        at(place).closest('.fields').before(at('message'));
        say(fault, true);
        at(place).focus();
        return;
      }
    }
    send({ code: places.map((place) => at(place).value).join('') }, '確認しています。カードを動かさないでください。');
  };

  for (const [number, place] of places.entries()) {
    at(place).addEventListener('change', () => complete(at(place)));
    at(place).addEventListener('compositionend', () => { at(place).value = half(at(place).value); });
    at(place).addEventListener('input', (event) => {
      if (event.isComposing) return;
      at(place).value = half(at(place).value);
      at(place).removeAttribute('aria-invalid');
      const isFull = at(place).value.length === at(place).maxLength;
      if (isFull && event.inputType === 'insertText' && number + 1 < places.length) at(places[number + 1]).focus();
    });
  }

  at('entry').addEventListener('submit', (event) => {
    event.preventDefault();
    press();
  });
  document.addEventListener('keydown', (event) => {
    // A key that is held presses once.
    if (event.repeat && event.key === 'Enter') event.preventDefault();
    const field = places.includes(event.target.id) ? event.target : null;
    if (!field || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    // The number pad without NumLock would move about in the field, or wipe what is right of the caret.
    const digit = digitWithoutNumLock(event);
    if (digit !== null) {
      event.preventDefault();
      const [from, to] = [field.selectionStart, field.selectionEnd];
      if (field.value.length - (to - from) >= field.maxLength) return;
      field.setRangeText(digit, from, to, 'end');
      field.dispatchEvent(new InputEvent('input', { inputType: 'insertText', data: digit, bubbles: true }));
    } else if (isOnNumberPad(event) && event.key === 'Delete') {
      event.preventDefault();
      say('数字だけを入力してください。', true);
    }
  });

  start();
})();
