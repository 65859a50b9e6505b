"""What a question asks to do: it is told by the sentence that asks, in whatever words."""

from __future__ import annotations

import pytest

from rlm_kernel.engine.rows.question_shapes import Shape, shape_of


@pytest.mark.parametrize(
    ("question", "shape"),
    [
        ("What is the total of all sales figures?", "sum"),
        ("How many hours did the nurses work in March?", "sum"),
        ("What did we spend on travel last year?", "sum"),
        ("I need one figure: what have we paid for licences in 2024? An offer cost us nothing.", "sum"),
        ("How much did all the clinics together pay for medicines?", "sum"),
        ("How many employees work in Berlin?", "count"),
        ("In how many cases were we left without a copy? I mean the live runs.", "count"),
        ("I want to ring everyone whose bicycle is done. How many bicycles is that?", "count"),
        ("Count the errors in the log.", "count"),
        ("How many patients were admitted between 3 May and 9 June 2024?", "dates"),
        ("How many loans began on 5 May 2020 or later?", "dates"),
        ("How often does the word freedom occur?", "words"),
        ("How many sorts of tomato were handed in, each counted once?", "distinct"),
        ("How many people had problems? Some wrote more than once.", "distinct"),
        ("What was the average rainfall in June?", "average"),
        ("What was the mean score of the class?", "average"),
        ("Which product sold best, and how many pieces?", "maximum"),
        ("Who won the race?", "maximum"),
        ("Which request was refused?", "look up"),
        ("Name the three biggest customers by revenue.", "top"),
        ("Per office of origin: how many boxes have been taken in?", "groups"),
        ("Give the sum of all expenses by category.", "groups"),
        ("How many tickets did they sell if you add up booklet by booklet?", "sum"),
        ("How many of the slips complain that something took too long?", "judge"),
        ("In how many of the messages does the writer call off their own stay?", "judge"),
        ("How many of those who wrote are leaving the club?", "judge"),
        ("What does a ride cost for a bicycle?", "look up"),
        ("How many people are now allowed on the ice at once?", "look up"),
        ("How many hours did the pumps run in May? If it may be more, say so.", "sum"),
        ("How long is the warranty?", "look up"),
        ("Who is the dean of law? If the minutes do not say so, tell me.", "absent"),
        ("For how many EUR is the harp insured? Answer None if the document does not tell.", "absent"),
        ("Explain.", "unknown"),
        ("The choir wants to know what it owes. What did the concerts come to, in pounds?", "sum"),
        ("Tell the treasurer what we earned with the hall in 2023. Only rents that came in.", "sum"),
        ("For the permit I need the tons of gravel that were dug out. Test pits do not count.", "sum"),
        ("Where does the choir meet together in winter?", "look up"),
        ("I must send back the faulty ones. How many will it be - one parcel for each of them?", "count"),
        ("We close the pool from 3 May to 9 May. How many lessons would we have to move?", "dates"),
        ("How many pupils must I ring? (One per family.)", "distinct"),
        ("How many badges do I need for them, no matter how many talks they give?", "distinct"),
        ("We show one photo: the one with the highest score. Whose is it and what did it get?", "maximum"),
        ("Shortest walk in the valley - name and length, please.", "maximum"),
        ("The mayor asks how many lamps are out. What do I tell him?", "count"),
        ("Sold tickets per evening, please.", "groups"),
        ("Top three orchards by harvest, from the top down?", "top"),
        ("How many visitors write that they were cold?", "judge"),
        ("How many lost umbrellas are still there, office by office?", "groups"),
        ("They are always the same: how many individual foxes (by their marks) came in May?", "distinct"),
        ("The card is long, so tell me the three most ordered soups, in order.", "top"),
        ("For the report: what did people give for the tower in 2022, in pounds?", "sum"),
        ("How many entries are from people who lost their way?", "judge"),
        ("In June, for how many cows is the test repeated?", "count"),
        ("For how many weeks is the permit valid?", "look up"),
        ("How many days of leave did Ada Lind get?", "look up"),
        ("What number of seats is stated for the ferry?", "look up"),
        ("Add up the field litres of all lines of pump 4. What does it come to?", "sum"),
        ("How many nests do the rows of the list add up to?", "sum"),
        ("Adding up the eggs of every hen, what is the total?", "sum"),
        ("What do the orders come to in total, at the price of each item?", "sum"),
        ("How many eggs are there of each hen?", "groups"),
        ("How many tickets of each kind were sold in total?", "groups"),
        ("What does it all cost in total, at the price 2023 of each article?", "sum"),
        ("How many parcels did Ada Lind get?", "count"),
        ("How many guests did come to dinner on 3 May?", "count"),
        ("I know the earnings of May; how many tickets were sold?", "count"),
        ("What number of visits was listed in May 2024?", "count"),
        ("For the annual report we need the takings from the shop. Gifts do not count.", "sum"),
    ],
)
def test_a_question_asks_for_something(question: str, shape: Shape) -> None:
    assert shape_of(question) == shape


def test_what_stands_behind_numbers_is_added_up_and_not_counted() -> None:
    question = "How many pallets left Gdansk by train?"
    assert shape_of(question, lambda noun: noun == "pallets") == "sum"
    assert shape_of(question, lambda noun: noun == "trains") == "count"
