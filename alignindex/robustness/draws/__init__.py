"""What one draw varies, and how draws become scores and summaries.

The flow of :func:`alignindex.robustness.uncertainty`, from top to bottom::

    uncertainty(result, weights=, alternatives=, missing=, coders=, facts=, shared=, ...)
        |
        v
    sampler.Sampler          holds what can be drawn, and scores any rows under any draws
        |-- weights          rules for drawn weights, one WeightFactor per node
        |-- alternatives     choices of method; one level of each makes another spec
        |-- cells.Cells      the codes of one indicator, coded in one way
        |       |-- dependence.Owners    who owns a fact: rows that share one share its draw
        |       |-- coder_error          codes that a coder may have got wrong
        |       `-- cells.with_missing   codes that are unknown
        v
    sampler.Inputs           what was drawn: uniform numbers, levels, seeds of the facts
        |
        v
    summaries.Summaries      means, quantiles and ranks over the draws, group by group

**Inputs come first, scores on demand.** A generator of random numbers is used once, in
`Sampler.inputs`: it draws one row of uniform numbers per draw for the weights, one level of each
choice, and two seeds. Everything after that is a function of the inputs. So a row has the same
scores, to the last bit, whenever it is asked for, in whatever blocks and by whichever thread, and
draws that were not kept can be computed again.

**A fact is drawn once.** An unknown code, or a coder's error, belongs to a fact: a spell of years
of one owner. Each fact has a stream of uniform numbers of its own (a counter-based generator whose
key is a hash of the seed and of the fact's name). Cells that share a fact follow one stream, so a
trajectory stays one, and all dyads that rest on one position move together. The stream of a fact
does not depend on which other facts there are.

**Codes are made once.** A combination of levels is a spec. Its indicators are coded one by one, and
an indicator that two combinations code alike is coded once (`Sampler.cells`). A recoded column
counts as another way to code.

**Rows with equal profiles are scored once.** A profile is everything that a row's scores depend on:
the codes and bounds of each indicator, the facts they follow, and the nominal score. Most panels
have far fewer profiles than rows. Ranks count a profile as many times as it has rows.

**Memory is bounded.** Groups of rows are summarised together while they fit the budget. A larger
group is ranked by blocks of draws; its ranks, which take two or four bytes each, are held for as
many profiles as fit, and the others wait for another pass.
"""
