"""The report: tables, figures and one page, from the results of all other stages.

`sections` has one module for each section of the page, with its tables, figures and sentences; `load` reads results,
`intervals` computes the error bars, `plots` and `text` hold what sections share, and `page` puts the page together. The
package may import every other one.
"""
