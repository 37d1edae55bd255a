mkdir -p site; echo '호스트에서 쓴 글' | tee site/index.html
docker run -d --name=web --mount "type=bind,source=$PWD/site,target=/site" alpine:latest tail -f /dev/null
docker exec web sh -c '
  cat /site/index.html
  echo "컨테이너에서 쓴 글" > /site/from-container.txt
  echo "레이어에 쓴 글" > /root/own.txt
' && cat site/from-container.txt
cat > site/index.html <<'END' && docker exec web cat /site/index.html
호스트에서 고친 글
END
docker diff web; docker rm -f web; ls site
