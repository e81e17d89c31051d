// Something that is done again whenever it is asked for, but never twice at once and not more often than every so often.

/** `work` as a function to be called at any time: at once when it rests, else once more after it and a pause. */
export function calm(work, pauseMs) {
  let [isRunning, isAsked] = [false, false];
  return async () => {
    isAsked = true;
    if (isRunning) return;
    isRunning = true;
    try {
      while (isAsked) {
        isAsked = false;
        await work();
        await new Promise((resolve) => { setTimeout(resolve, pauseMs); });
      }
    } finally {
      isRunning = false;
    }
  };
}
