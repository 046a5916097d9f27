module greenhub.invalid/peers

go 1.19
