-- Cases as readings see them. A drill's key is below zero (ck_case_drills_are_below_zero); a transaction sees drills only
-- after it said so (cases/sight.py). The planner takes the view apart, so that every index of the table serves it.
-- A migration that adds a column of cases.case makes this anew.
CREATE OR REPLACE VIEW cases.seen_case AS
SELECT * FROM cases."case" WHERE id >= 0 OR current_setting('citygrid.drills', true) = 'seen';
