cloud_token = "Qm7Zr2Tv9Xc4Lk8Np3Wd6Hs1Jf5Gb0Ya4f8a91c2" # expect: KW102
