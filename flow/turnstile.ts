/** A place where one caller waits until it is let go. */
export function turnstile() {
  let open = () => {};
  let arrived = () => {};
  const [passed, here] = [new Promise<void>((go) => (open = go)), new Promise<void>((go) => (arrived = go))];
  let isShut = false;
  return {
    here,
    shut: () => void (isShut = true),
    open(): void {
      isShut = false;
      open();
    },
    async wait(): Promise<void> {
      if (!isShut) return;
      arrived();
      await passed;
    },
  };
}
