/** Measures from inside of a page; every time is in ms. A task that a frame posts runs once that frame is painted. */
function afterPaint(then) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = then;
  port2.postMessage(null);
}

globalThis.meter = {
  /** When the first, and when all elements had been painted, since the navigation began. */
  painted: {},

  watch(selector, count) {
    const found = document.querySelectorAll(selector).length;
    afterPaint(() => {
      if (found > 0) meter.painted.firstMs ??= performance.now();
      if (found >= count) meter.painted.allMs = performance.now();
      else requestAnimationFrame(() => meter.watch(selector, count));
    });
  },

  /** Says in the page's title when its cells were painted; again and again, for the page has a title of its own. */
  tellOpening(selector, count) {
    requestAnimationFrame(() => meter.watch(selector, count));
    setInterval(() => {
      if (meter.painted.allMs === undefined) return;
      document.title = `painted ${encodeURIComponent(JSON.stringify(meter.painted))}`;
    }, 100);
  },

  /** Scrolls from top to end by 250 px a frame, a flick that one can still follow; the length of each frame. */
  scroll() {
    const frames = [];
    return new Promise((resolve) => {
      let last = performance.now();
      let lastTop = -1;
      const step = (now) => {
        frames.push(now - last);
        last = now;
        if (scrollY === lastTop) return resolve(frames.slice(1));
        lastTop = scrollY;
        scrollBy(0, 250);
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    });
  },

  /** How long after each key the page that shows it was painted. */
  keys: [],

  watchKeys() {
    const onKey = ({ timeStamp }) => {
      requestAnimationFrame(() => afterPaint(() => meter.keys.push(performance.now() - timeStamp)));
    };
    addEventListener('keydown', onKey, { capture: true });
  },
};
