-- One piece of one product, if there is one: the least that keeps anybody from being promised what is not there.
UPDATE shelf SET promised = promised + 1 WHERE product_id = 1 AND on_hand - promised >= 1;
