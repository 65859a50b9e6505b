import { describe, expect, it } from 'vitest';

import { Tree, everyNode } from '../src/model/tree';
import { deep, large, trace } from './fixture';

const ids = (tree: Tree): string[] => tree.rows.map(row => row.id);

describe('the tree of a run', () => {
  it('shows the iterations, and below them what is unfolded', () => {
    const tree = new Tree(trace());
    expect(ids(tree)).toEqual(['1', '2', '3', '4']);
    tree.move(2);
    tree.toggle(tree.selected!);
    expect(ids(tree)).toEqual(['1', '2', '3', '3.1', '3.2', '3.3', '3.4', '3.5', '4']);
    tree.move(5);
    tree.toggle(tree.selected!);
    expect(ids(tree).slice(7)).toEqual(['3.5', '3.5.1', '4']);
    expect(tree.rows.find(row => row.id === '3.5.1')?.level).toBe(2);
  });

  it('moves within its rows', () => {
    const tree = new Tree(trace());
    tree.move(-5);
    expect(tree.selected?.id).toBe('1');
    tree.move(Infinity);
    expect(tree.selected?.id).toBe('4');
    tree.move(1);
    expect(tree.selected?.id).toBe('4');
  });

  it('unfolds the way to a row', () => {
    const tree = new Tree(trace());
    expect(tree.reveal('3.5.1.6.1')).toBe(true);
    expect(tree.selected?.id).toBe('3.5.1.6.1');
    expect(tree.reveal('3.99')).toBe(false);
    expect(tree.reveal('17')).toBe(false);
  });

  it('selects what is folded around the selection', () => {
    const tree = new Tree(trace());
    tree.reveal('3.5.1');
    tree.toggle(tree.rows.find(row => row.id === '3')!);
    expect(tree.selected?.id).toBe('3');
    expect(ids(tree)).toEqual(['1', '2', '3', '4']);
  });

  it('unfolds nothing where there is nothing', () => {
    const tree = new Tree(trace());
    tree.toggle(tree.selected!);
    expect(tree.isOpen(tree.selected!)).toBe(false);
  });

  it('reaches any depth', () => {
    const tree = new Tree(deep(300));
    const bottom = [...everyNode(tree.trace)].at(-1)!;
    expect(bottom.level).toBe(600);
    expect(tree.reveal(bottom.id)).toBe(true);
    expect(tree.selected?.type === 'iteration' && tree.selected.iteration.code).toBe('FINAL("deepest")');
  });

  it('keeps rows apart whose numbers are the same', () => {
    const tree = new Tree(trace({ iterations: [{ index: 1 }, { index: 1 }, { index: 1 }] }));
    expect(new Set(ids(tree)).size).toBe(3);
  });

  it('holds a thousand calls', () => {
    const tree = new Tree(large(10, 100));
    tree.reveal('5.450');
    expect(tree.rows.length).toBe(110);
    expect([...everyNode(tree.trace)].length).toBe(1010);
  });

  it('is empty for a run without iterations', () => {
    const tree = new Tree(trace({ iterations: [] }));
    tree.move(1);
    expect([tree.selected, tree.position]).toEqual([null, -1]);
  });
});
