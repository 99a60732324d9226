import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { formatLightGbm } from './format-lightgbm.ts';
import { parseLightGbm } from './parse-lightgbm.ts';
import { anyEnsemble } from './testing.fixture.ts';

/** As LightGBM 4.7 wrote it, for three features of 2,000 rows. */
const WRITTEN = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=lambdarank
feature_names=a b c
feature_infos=[-3.5488049709979372:3.1417964813041768] [-3.2481986551113273:3.9317778803776551] none
tree_sizes=571

Tree=0
num_leaves=4
num_cat=0
split_feature=0 1 1
split_gain=85.9398 44.4211 26.2927
threshold=0.30163074659237393 0.63683807999376196 -0.22228900642785379
decision_type=10 2 2
left_child=1 -1 -2
right_child=2 -3 -4
leaf_value=-0.13473800487138612 -0.076193911219973695 0.057240612065086904 0.12605961784065692
leaf_weight=43.14257051772438 7.5545263623353085 16.725170845864341 43.084326810087077
leaf_count=1117 173 244 466
internal_value=1.05874e-11 -0.0811052 0.0958865
internal_weight=110.507 59.8677 50.6389
internal_count=2000 1361 639
is_linear=0
shrinkage=0.1


end of trees

feature_importances:
b=2
a=1

parameters:
[boosting: gbdt]
end of parameters

pandas_categorical:null
`;

const changed = (line: string, replacement: string) => () => {
  const text = WRITTEN.replace(new RegExp(`^${line}.*$`, 'm'), replacement);
  expect(text).not.toBe(WRITTEN);
  return parseLightGbm(text);
};

describe('parseLightGbm', () => {
  it('reads what LightGBM wrote', () => {
    const ensemble = parseLightGbm(WRITTEN);
    expect(ensemble).toMatchObject({
      objective: 'lambdarank',
      featureNames: ['a', 'b', 'c'],
      featureInfos: [
        '[-3.5488049709979372:3.1417964813041768]',
        '[-3.2481986551113273:3.9317778803776551]',
        'none',
      ],
    });
    expect(ensemble.trees[0]).toMatchObject({
      features: Int32Array.of(0, 1, 1),
      thresholds: Float64Array.of(0.30163074659237393, 0.63683807999376196, -0.22228900642785379),
      decisions: Uint8Array.of(10, 2, 2),
      leftChildren: Int32Array.of(1, -1, -2),
      rightChildren: Int32Array.of(2, -3, -4),
      leafCounts: Int32Array.of(1117, 173, 244, 466),
      shrinkage: 0.1,
    });
  });

  it('reads lines that end as those of Windows do', () => {
    expect(parseLightGbm(WRITTEN.replaceAll('\n', '\r\n'))).toEqual(parseLightGbm(WRITTEN));
  });

  it.each([
    ['version', 'version=v9', 'model_unsupported', 2],
    ['num_class', 'num_class=3', 'model_unsupported', 3],
    ['num_tree_per_iteration', 'num_tree_per_iteration=2', 'model_unsupported', 4],
    ['label_index', 'average_output', 'model_unsupported', 5],
    ['max_feature_idx', 'max_feature_idx=3', 'model_text', 8],
    ['feature_infos', 'feature_infos=none', 'model_text', 9],
    ['tree_sizes', 'tree_sizes=571 571', 'model_text', 10],
    ['Tree=0', 'Tree=1', 'model_text', 12],
    ['num_leaves', 'num_leaves=0', 'model_text', 13],
    ['num_leaves', 'num_leaves=5', 'model_text', 18],
    ['num_cat', 'num_cat=1', 'model_unsupported', 14],
    ['split_feature', 'split_feature=0 1 3', 'model_text', 15],
    ['split_feature', 'split_feature=0 1', 'model_text', 15],
    ['split_feature', 'num_leaves=4', 'model_text', 15],
    ['split_gain', 'split_gain=1 2 much', 'model_text', 16],
    ['threshold', 'threshold=0 nan 0', 'model_text', 17],
    ['decision_type', 'decision_type=10 3 2', 'model_unsupported', 18],
    ['decision_type', 'decision_type=10 14 2', 'model_text', 18],
    ['left_child', 'left_child=1 -1 0', 'model_text', 19],
    ['left_child', 'left_child=1 -1 2', 'model_text', 19],
    ['right_child', 'right_child=-2 -3 -4', 'model_text', 19],
    ['leaf_value', 'leaf_value=0 0 0 1e999', 'model_text', 21],
    ['leaf_value', 'leaf_values=0 0 0 0', 'model_text', 12],
    ['is_linear', 'is_linear=1', 'model_unsupported', 27],
    ['shrinkage', 'shrinkage=', 'model_text', 28],
    ['end of trees', 'end of', 'model_text', 42],
  ])('refuses %s as %s with the code %s and the number of line %i', (line, replacement, code, number) => {
    let thrown: unknown;
    try {
      changed(line, replacement)();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(PlatformError);
    expect(thrown).toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^line ${number} of the model: `)),
    });
  });

  it('refuses every text that ends too early, and says where', () => {
    const whole = WRITTEN.indexOf('end of trees') + 'end of trees'.length;
    for (let length = 0; length < whole; length++)
      expect(() => parseLightGbm(WRITTEN.slice(0, length))).toThrow(/^line \d+ of the model: /);
    expect(parseLightGbm(WRITTEN.slice(0, whole))).toEqual(parseLightGbm(WRITTEN));
  });
});

describe('formatLightGbm', () => {
  it('writes what parses to the same ensemble, whatever the trees', () => {
    fc.assert(
      fc.property(anyEnsemble(3), (ensemble) => {
        const { trees, ...others } = parseLightGbm(formatLightGbm(ensemble));
        const { trees: expected, ...sameOthers } = ensemble;
        expect(others).toEqual(sameOthers);
        // LightGBM writes no weight and no count for a tree of one leaf.
        for (const [index, tree] of trees.entries()) {
          const { leafWeights, leafCounts, ...rest } = expected[index]!;
          expect(tree).toMatchObject(
            tree.features.length === 0 ? rest : { ...rest, leafWeights, leafCounts },
          );
        }
        expect(trees).toHaveLength(expected.length);
      }),
    );
  });

  it('tells the size of every tree, by which LightGBM finds them', () => {
    fc.assert(
      fc.property(anyEnsemble(2), (ensemble) => {
        const text = formatLightGbm(ensemble);
        const sizes = /^tree_sizes=(.*)$/m
          .exec(text)![1]!
          .split(' ')
          .filter((size) => size !== '')
          .map(Number);
        let at = text.indexOf('\n\n') + 2;
        for (const [index, size] of sizes.entries()) {
          expect(text.slice(at).startsWith(`Tree=${index}\n`)).toBe(true);
          at += size;
        }
        expect(text.slice(at).startsWith('end of trees\n')).toBe(true);
      }),
    );
  });

  it('writes what LightGBM wrote but for the values of inner nodes and what it may leave out', () => {
    const lines = new Set(formatLightGbm(parseLightGbm(WRITTEN)).split('\n'));
    const missing = WRITTEN.slice(0, WRITTEN.indexOf('\nparameters:'))
      .split('\n')
      .filter((line) => !lines.has(line));
    // Digits that no float64 needs, and means that LightGBM rounds to six.
    expect(missing.map((line) => line.split('=')[0])).toEqual([
      'tree_sizes',
      'threshold',
      'leaf_value',
      'leaf_weight',
      'internal_value',
      'internal_weight',
    ]);
  });

  it('refuses a name that the format cannot hold', () => {
    const ensemble = {
      objective: 'lambdarank',
      featureNames: ['days since'],
      featureInfos: ['none'],
      trees: [],
    };
    expect(() => formatLightGbm(ensemble)).toThrow('"days since"');
  });
});
