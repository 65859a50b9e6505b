"""The rows of a document that a question is about, worked out without a model: what a small model is told of them.

A question is read in `asked` (its words), `question_shapes` (what it asks to do) and `legends` (what a document says
that its codes mean). Rows are found as tables and as lines that are alike:

- `tables`, with `table_headers`, `quoted_cells`, `key_lines`, `record_lines`, `record_tables` and `headed_sentences`,
  finds rows of cells, of keys and of several lines; `table_forms`, with `cell_parts` and `short_days`, chooses those of
  a question among them, and `record_lookup` the one that it names, with what that says (`line_records`: those of one
  line).
- `line_forms` compares the lines that have words of the question; `row_families` and `wider_forms` take in those that
  differ by a remark or by chance, `row_orders` those in another order of words, `lines_of_kinds` those of other kinds,
  `prose_forms` texts behind a label, `section_forms` and `day_sections` keep those below the headings that are meant,
  `headed_rows` tells the heading of each, and `format_lines` what a line above the rows calls their cells.
- `states` says which groups tell what became of each row, `outdated` which lines say what was once so, `best_sentence`
  which sentence has most words of a question for a fact.

`row_patterns.LineForm` is what all of these make, and `form_notes.told` puts it into words and code.
"""
