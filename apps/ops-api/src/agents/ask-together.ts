/**
 * Whoever asks while the same is being answered hears the next answer, together with all who asked meanwhile. That one is begun after they
 * asked, so nobody hears of less than had happened by then; and however many ask, one answer is worked out at a time.
 */
type Turn<T> = { readonly running: Promise<T>; next: Promise<T> | null };

export function askTogether<T>(): (about: string, answer: () => Promise<T>) => Promise<T> {
  const turns = new Map<string, Turn<T>>();
  function begin(about: string, answer: () => Promise<T>): Promise<T> {
    const turn: Turn<T> = { running: answer(), next: null };
    turns.set(about, turn);
    const over = () => void (turn.next === null && turns.delete(about));
    turn.running.then(over, over);
    return turn.running;
  }
  return (about, answer) => {
    const turn = turns.get(about);
    if (!turn) return begin(about, answer);
    const afterwards = () => begin(about, answer);
    return (turn.next ??= turn.running.then(afterwards, afterwards));
  };
}
