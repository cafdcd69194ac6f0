/** The k smallest of a list, without sorting the rest: a heap of k, its largest on top. */

/** @returns the `count` smallest items, in order */
export function smallest<T>(items: readonly T[], count: number, compare: (left: T, right: T) => number): T[] {
  if (count >= items.length) return [...items].sort(compare);
  const heap = items.slice(0, count);
  for (let parent = (count >> 1) - 1; parent >= 0; parent--) sink(heap, parent, compare);
  for (let index = count; index < items.length; index++) {
    const item = items[index]!;
    if (compare(item, heap[0]!) >= 0) continue;
    heap[0] = item;
    sink(heap, 0, compare);
  }
  return heap.sort(compare);
}

function sink<T>(heap: T[], start: number, compare: (left: T, right: T) => number): void {
  let parent = start;
  for (;;) {
    let largest = parent;
    for (const child of [2 * parent + 1, 2 * parent + 2]) {
      if (child < heap.length && compare(heap[child]!, heap[largest]!) > 0) largest = child;
    }
    if (largest === parent) return;
    [heap[parent], heap[largest]] = [heap[largest]!, heap[parent]!];
    parent = largest;
  }
}
